//! An HTTP server that answers as a test says, for what an emulator does not do: bodies that are cut, answers that are lost.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `PUT`.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// By lower-case names.
    pub headers: HashMap<String, String>,
    /// All of it.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of the header with this name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The first byte that the request asks for.
    pub fn range_start(&self) -> usize {
        let range = self.header("range").and_then(|range| range.strip_prefix("bytes="));
        range.map_or(0, |range| range.split('-').next().unwrap().parse().unwrap())
    }
}

/// One answer.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Headers beside those that every answer has.
    pub headers: Vec<(&'static str, String)>,
    /// What follows the headers.
    pub body: Vec<u8>,
    /// The connection ends after so many bytes of the body.
    pub cut_at: Option<usize>,
}

impl Answer {
    /// With this status and body.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            body: body.into(),
            ..Self::default()
        }
    }

    /// With one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// An error as S3 words it.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let text = format!("<Error><Code>{code}</Code><Message>{message}</Message><RequestId>R</RequestId></Error>");
        Self::new(status, text)
    }

    /// What GET gives for the bytes from the request's range on.
    pub fn bytes_of(object: &[u8], request: &Request) -> Self {
        let start = request.range_start();
        let answer = Self::new(if start > 0 { 206 } else { 200 }, &object[start..]).with("etag", "\"tag\"");
        if start == 0 {
            return answer;
        }
        let range = format!("bytes {start}-{}/{}", object.len() - 1, object.len());
        answer.with("content-range", range)
    }

    /// The connection ends after so many bytes of the body.
    #[must_use]
    pub fn cut_at(mut self, bytes: usize) -> Self {
        self.cut_at = Some(bytes.min(self.body.len()));
        self
    }
}

/// The server, and what it was asked.
#[derive(Debug)]
pub struct ScriptedServer {
    endpoint_url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl ScriptedServer {
    /// Answers each request as `answer` says, which may wait.
    pub async fn start<F>(answer: impl Fn(Request) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests: Arc<Mutex<Vec<Request>>> = Arc::default();
        let (seen, answer) = (Arc::clone(&requests), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, answer) = (Arc::clone(&seen), Arc::clone(&answer));
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    // A client may open a connection and not use it.
                    let Some(request) = read_request(&mut stream).await else {
                        return;
                    };
                    seen.lock().unwrap().push(request.clone());
                    let is_head = request.method == "HEAD";
                    let answer = answer(request).await;
                    // Whoever has read enough closes; that is not this server's concern.
                    let _ = write_answer(&mut stream, answer, is_head).await;
                });
            }
        });
        let endpoint_url = format!("http://127.0.0.1:{port}");
        Self { endpoint_url, requests }
    }

    /// Where it answers.
    pub fn endpoint_url(&self) -> &str {
        &self.endpoint_url
    }

    /// All requests until now.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

async fn read_request(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    if headers.contains_key("expect") {
        stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await.ok()?;
    }
    let length = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request {
        method,
        target,
        headers,
        body,
    })
}

async fn write_answer(stream: &mut BufReader<TcpStream>, answer: Answer, is_head: bool) -> std::io::Result<()> {
    let mut lines = vec![
        format!("HTTP/1.1 {} Status", answer.status),
        "connection: close".to_owned(),
    ];
    if !answer.headers.iter().any(|(name, _)| *name == "content-length") {
        lines.push(format!("content-length: {}", answer.body.len()));
    }
    lines.extend(answer.headers.iter().map(|(name, value)| format!("{name}: {value}")));
    let head = lines.join("\r\n") + "\r\n\r\n";
    stream.write_all(head.as_bytes()).await?;
    if !is_head {
        let end = answer.cut_at.unwrap_or(answer.body.len());
        stream.write_all(&answer.body[..end]).await?;
    }
    stream.shutdown().await
}
