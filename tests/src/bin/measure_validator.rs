//! Measures the validation Lambda beside a Python handler with the same clients, in one run; prints Markdown.
//! `scripts/measure-validator`: both speak the Lambda Runtime API to this program, and AWS to one emulator.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "its output is a document")]
#![expect(
    clippy::disallowed_methods,
    reason = "it passes the environment of the tests on to what it measures"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use relay_testing::emulator::{Emulator, PYTHON_VARIABLE, ROOT_ACCESS_KEY_ID, ROOT_SECRET_ACCESS_KEY};
use serde_json::{Value, json};
use system_tests::repository;

/// How often each program is started.
const STARTS: usize = 5;
/// How many batches each started program gets after the first.
const WARM_BATCHES: usize = 5;
const BATCH_MESSAGES: usize = 10;
const REGION: &str = "eu-north-1";

#[tokio::main]
async fn main() {
    assert_eq!(
        system_tests::cargo_profile(),
        "release",
        "figures are those of the release build: scripts/measure-validator"
    );
    let emulator = Emulator::start().await;
    let programs = [
        ("validator-lambda", vec![target("release/validator-lambda")]),
        (
            "Python handler with boto3",
            vec![python(), path("tests/baseline/validator.py")],
        ),
    ];
    let batches = programs.len() * STARTS * (WARM_BATCHES + 1);
    let prepared = prepare(&emulator, batches * BATCH_MESSAGES);
    let messages: Vec<Value> = prepared["messages"].as_array().unwrap().clone();
    let mut batches = messages.chunks(BATCH_MESSAGES).map(batch);
    println!(
        "| program | exec to first response ms | warm batch of {BATCH_MESSAGES} ms | peak MiB |\n|---|---|---|---|"
    );
    let mut medians = Vec::new();
    for (name, command) in programs {
        let (mut first, mut warm, mut peak) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..STARTS {
            let mut batches = batches.by_ref().take(WARM_BATCHES + 1);
            let mut running = Running::start(&command, &prepared["environment"], emulator.endpoint_url());
            first.push(running.invoke(&batches.next().unwrap(), running.started));
            for batch in batches {
                warm.push(running.invoke(&batch, Instant::now()));
            }
            peak.push(running.peak_kib());
        }
        let row = (median(first), median(warm), median(peak));
        println!(
            "| {name} | {:.1} | {:.1} | {:.1} |",
            row.0.as_secs_f64() * 1e3,
            row.1.as_secs_f64() * 1e3,
            f64::from(row.2) / 1024.0
        );
        medians.push(row);
    }
    println!(
        "\nRatios, Python to Rust: first response {:.1}, warm batch {:.1}, memory {:.1}. Medians of {STARTS} starts with {WARM_BATCHES} warm batches each.",
        medians[1].0.as_secs_f64() / medians[0].0.as_secs_f64(),
        medians[1].1.as_secs_f64() / medians[0].1.as_secs_f64(),
        f64::from(medians[1].2) / f64::from(medians[0].2),
    );
    if let Ok(zip) = std::fs::metadata(target("lambda/validator-lambda.zip")) {
        println!("Zip of the validator: {} bytes.", zip.len());
    }
}

fn path(relative: &str) -> String {
    repository().join(relative).to_str().unwrap().to_owned()
}

fn target(relative: &str) -> String {
    let target = std::env::var("CARGO_TARGET_DIR").unwrap_or_else(|_| "target".to_owned());
    let path = repository().join(target).join(relative);
    path.to_str().unwrap().to_owned()
}

fn python() -> String {
    std::env::var(PYTHON_VARIABLE).unwrap()
}

fn median<T: Ord + Copy>(mut values: Vec<T>) -> T {
    values.sort();
    values[values.len() / 2]
}

fn prepare(emulator: &Emulator, packages: usize) -> Value {
    let output = Command::new(python())
        .args([path("tests/baseline/prepare.py"), packages.to_string()])
        .env("AWS_ENDPOINT_URL", emulator.endpoint_url())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn batch(messages: &[Value]) -> Value {
    let record = |(number, body): (usize, &Value)| {
        json!({
            "messageId": number.to_string(), "receiptHandle": "handle", "body": body, "attributes": {},
            "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-north-1:000000000000:queue", "awsRegion": REGION
        })
    };
    json!({"Records": messages.iter().enumerate().map(record).collect::<Vec<_>>()})
}

// A program behind a Runtime API of its own.
struct Running {
    process: Child,
    api: TcpListener,
    // The connection on which the program waits for its next event.
    waiting: Option<Connection>,
    started: Instant,
}

struct Connection {
    reader: BufReader<TcpStream>,
}

impl Running {
    fn start(command: &[String], environment: &Value, endpoint_url: &str) -> Self {
        let api = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut process = Command::new(&command[0]);
        process
            .args(&command[1..])
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap())
            .env("AWS_LAMBDA_RUNTIME_API", api.local_addr().unwrap().to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", "validator")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "group")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "stream")
            .env("AWS_REGION", REGION)
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", ROOT_ACCESS_KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", ROOT_SECRET_ACCESS_KEY)
            .env("AWS_ENDPOINT_URL", endpoint_url)
            .stdout(Stdio::null());
        for (name, value) in environment.as_object().unwrap() {
            process.env(name, value.as_str().unwrap());
        }
        let started = Instant::now();
        Self {
            process: process.spawn().unwrap(),
            api,
            waiting: None,
            started,
        }
    }

    // Hands over one event; the time from `since` to the answer. The answer must say that every message is done.
    fn invoke(&mut self, event: &Value, since: Instant) -> Duration {
        let body = event.to_string();
        let mut connection = self.waiting.take().unwrap_or_else(|| self.accept_next());
        let head = format!(
            "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
             Lambda-Runtime-Deadline-Ms: 99999999999999\r\nLambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:{REGION}:000000000000:function:validator\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        connection.send(&(head + &body));
        // The answer may come on the same connection or on another one.
        let (request, answer, mut connection) = match connection.try_read() {
            Some((request, answer)) => (request, answer, connection),
            None => self.accept(),
        };
        let elapsed = since.elapsed();
        assert!(request.ends_with("/response HTTP/1.1"), "{request}: {answer}");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["batchItemFailures"], json!([]), "every message is done");
        connection.send("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
        self.waiting = match connection.try_read() {
            Some((request, _)) if request.starts_with("GET") => Some(connection),
            _ => None,
        };
        elapsed
    }

    fn accept(&self) -> (String, String, Connection) {
        let (stream, _) = self.api.accept().unwrap();
        let mut connection = Connection {
            reader: BufReader::new(stream),
        };
        let (request, body) = connection.try_read().unwrap();
        (request, body, connection)
    }

    fn accept_next(&self) -> Connection {
        loop {
            let (request, _, connection) = self.accept();
            if request.starts_with("GET") {
                return connection;
            }
        }
    }

    fn peak_kib(&self) -> u32 {
        let status = std::fs::read_to_string(Path::new("/proc").join(self.process.id().to_string()).join("status"));
        let status = status.unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Connection {
    fn send(&mut self, text: &str) {
        self.reader.get_mut().write_all(text.as_bytes()).unwrap();
    }

    // The next request on this connection; `None` when it was closed.
    fn try_read(&mut self) -> Option<(String, String)> {
        let mut request = String::new();
        if self.reader.read_line(&mut request).ok()? == 0 {
            return None;
        }
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.reader.read_line(&mut line).ok()?;
            let line = line.trim().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body).ok()?;
        Some((request.trim().to_owned(), String::from_utf8(body).unwrap()))
    }
}
