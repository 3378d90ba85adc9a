//! A proxy in front of the emulator, or alone: it records every request by its IAM action, and answers some by itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// Path and query.
    pub target: String,
    /// By lower-case names.
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
    raw_head: Vec<u8>,
    /// How many came before it.
    pub number: usize,
}

impl Request {
    // The service and region that it is signed for.
    fn scope(&self) -> (&str, &str) {
        let authorization = self.headers.get("authorization").map_or("", String::as_str);
        let credential = authorization.split("Credential=").nth(1).unwrap_or_default();
        let mut parts = credential.split('/').skip(2);
        let region = parts.next().unwrap_or_default();
        (parts.next().unwrap_or_default(), region)
    }

    /// The region that it is signed for.
    pub fn region(&self) -> &str {
        self.scope().1
    }

    /// The IAM action that it needs ("Service Authorization Reference").
    pub fn action(&self) -> String {
        let (service, _) = self.scope();
        let operation = match service {
            "s3" => return s3_action(&self.target).to_owned(),
            "lambda" => return lambda_action(&self.target).to_owned(),
            _ => match self.headers.get("x-amz-target") {
                Some(target) => target.rsplit('.').next().unwrap().to_owned(),
                None => form_member(&self.body, "Action").unwrap_or_else(|| format!("? {}", self.target)),
            },
        };
        format!("{service}:{operation}")
    }
}

fn s3_action(target: &str) -> &'static str {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if path == "/" {
        return "s3:ListAllMyBuckets";
    }
    let member = query
        .split('&')
        .map(|member| member.split('=').next().unwrap_or_default());
    let mut actions = member.filter_map(|member| match member {
        "location" => Some("s3:GetBucketLocation"),
        "encryption" => Some("s3:GetEncryptionConfiguration"),
        "publicAccessBlock" => Some("s3:GetBucketPublicAccessBlock"),
        "versioning" => Some("s3:GetBucketVersioning"),
        "policy" => Some("s3:GetBucketPolicy"),
        "logging" => Some("s3:GetBucketLogging"),
        _ => None,
    });
    actions.next().unwrap_or("s3:?")
}

fn lambda_action(target: &str) -> &'static str {
    let path = target.split('?').next().unwrap().trim_end_matches('/');
    if path == "/2015-03-31/functions" {
        "lambda:ListFunctions"
    } else {
        "lambda:?"
    }
}

fn form_member(body: &[u8], name: &str) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?;
    let mut members = text.split('&').filter_map(|member| member.split_once('='));
    members
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value.to_owned())
}

/// One answer of the proxy's own.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Answer {
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// An error as the service of this request words it: S3 and query services in XML, the others in JSON.
    pub fn error(request: &Request, status: u16, code: &str) -> Self {
        let message = "as the test wants it";
        match request.scope().0 {
            "s3" => Self::new(
                status,
                format!("<Error><Code>{code}</Code><Message>{message}</Message><RequestId>R</RequestId></Error>"),
            ),
            "ec2" => Self::new(
                status,
                format!(
                    "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors><RequestID>R</RequestID></Response>"
                ),
            ),
            "iam" | "rds" | "sns" | "sts" => Self::new(
                status,
                format!(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>R</RequestId></ErrorResponse>"
                ),
            ),
            _ => Self::new(status, format!("{{\"__type\":\"{code}\",\"message\":\"{message}\"}}"))
                .with("x-amzn-errortype", code)
                .with("content-type", "application/x-amz-json-1.1"),
        }
    }

    /// Throttling, as the service of this request words it.
    pub fn throttled(request: &Request) -> Self {
        match request.scope().0 {
            "s3" => Self::error(request, 503, "SlowDown"),
            "ec2" => Self::error(request, 503, "RequestLimitExceeded"),
            "iam" | "rds" | "sns" | "sts" => Self::error(request, 400, "Throttling"),
            _ => Self::error(request, 400, "ThrottlingException"),
        }
    }

    /// A refusal, as the service of this request words it.
    pub fn denied(request: &Request) -> Self {
        match request.scope().0 {
            "s3" | "iam" | "rds" => Self::error(request, 403, "AccessDenied"),
            "ec2" => Self::error(request, 403, "UnauthorizedOperation"),
            "sns" => Self::error(request, 403, "AuthorizationError"),
            _ => Self::error(request, 400, "AccessDeniedException"),
        }
    }
}

/// What to do with a request.
#[derive(Clone, Debug)]
pub enum Deed {
    /// Ask the emulator.
    Forward,
    /// Answer it here.
    Answer(Answer),
    /// Never answer.
    Hang,
}

/// The proxy, and what it was asked.
pub struct Proxy {
    pub endpoint_url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Proxy {
    /// In front of `upstream` (`http://127.0.0.1:PORT`); `rule` says what happens to each request.
    pub async fn start(upstream: &str, rule: impl Fn(&Request) -> Deed + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint_url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let upstream = upstream.trim_start_matches("http://").to_owned();
        let requests: Arc<Mutex<Vec<Request>>> = Arc::default();
        let (seen, rule) = (Arc::clone(&requests), Arc::new(rule));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, rule, upstream) = (Arc::clone(&seen), Arc::clone(&rule), upstream.clone());
                // Whoever has read enough, or has no more time, closes; that is not the proxy's concern.
                tokio::spawn(async move { serve(stream, &seen, &*rule, &upstream).await.ok() });
            }
        });
        Self { endpoint_url, requests }
    }

    /// All requests until now.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve(
    stream: TcpStream,
    seen: &Mutex<Vec<Request>>,
    rule: &(impl Fn(&Request) -> Deed + ?Sized),
    upstream: &str,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    // A client may open a connection and not use it.
    let Some(mut request) = read_request(&mut stream).await else {
        return Ok(());
    };
    let deed = {
        let mut seen = seen.lock().unwrap();
        request.number = seen.len();
        seen.push(request.clone());
        rule(&request)
    };
    match deed {
        Deed::Hang => std::future::pending().await,
        Deed::Answer(answer) => {
            let mut lines = vec![
                format!("HTTP/1.1 {} Status", answer.status),
                "connection: close".to_owned(),
                format!("content-length: {}", answer.body.len()),
            ];
            lines.extend(answer.headers.iter().map(|(name, value)| format!("{name}: {value}")));
            let head = lines.join("\r\n") + "\r\n\r\n";
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(answer.body.as_bytes()).await?;
            stream.shutdown().await
        }
        Deed::Forward => {
            let mut server = TcpStream::connect(upstream).await?;
            server.write_all(&request.raw_head).await?;
            server.write_all(&request.body).await?;
            tokio::io::copy(&mut server, &mut stream).await?;
            stream.shutdown().await
        }
    }
}

async fn read_request(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut first = String::new();
    stream.read_line(&mut first).await.ok()?;
    let target = first.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    // The answer ends with the connection, on both sides.
    let mut raw_head = format!("{first}connection: close\r\n");
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        if !name.eq_ignore_ascii_case("connection") {
            raw_head.push_str(&line);
        }
    }
    raw_head.push_str("\r\n");
    let length = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request {
        target,
        headers,
        body,
        raw_head: raw_head.into_bytes(),
        number: 0,
    })
}
