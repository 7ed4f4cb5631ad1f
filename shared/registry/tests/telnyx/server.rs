//! A registry that answers as it is told, over HTTP/1.1.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use registry::pace::Unlimited;
use registry::telnyx::{ApiKey, Settings, Telnyx};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// A call as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    /// `POST /v2/10dlc/brand`, with the query.
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
    pub(crate) bytes: Vec<u8>,
    /// Which connection it came on, from 0.
    pub(crate) connection: usize,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }
}

/// What the server does with a call.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Answer {
        status: u16,
        headers: &'static str,
        body: String,
    },
    /// Announces more than it sends, and closes.
    Half(String),
    Close,
    Hang,
}

pub(crate) fn json(status: u16, body: Value) -> Act {
    Act::Answer {
        status,
        headers: "",
        body: body.to_string(),
    }
}

pub(crate) fn text(status: u16, headers: &'static str, body: &str) -> Act {
    Act::Answer {
        status,
        headers,
        body: body.to_owned(),
    }
}

type Script = dyn Fn(&Received) -> Act + Send + Sync;

/// The running server.
pub(crate) struct Server {
    pub(crate) telnyx: Telnyx,
    pub(crate) address: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Server {
    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }

    /// Another client of it, for a registry that does not take corrections.
    pub(crate) fn without_corrections(&self) -> Telnyx {
        let settings = Settings {
            campaigns_editable: false,
            ..settings(&format!("{}/v2", self.address), PATIENT)
        };
        Telnyx::new(settings, Arc::new(Unlimited)).unwrap()
    }

    /// The calls, each as one line.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.received().into_iter().map(|call| call.line).collect()
    }
}

/// Nothing is tested about time but that a call ends: long enough for a slow
/// machine, except where the server never answers.
const PATIENT: Duration = Duration::from_secs(60);
const IMPATIENT: Duration = Duration::from_millis(300);

/// A server that does the same with every call.
pub(crate) async fn always(act: Act) -> Server {
    let timeout = if matches!(act, Act::Hang) {
        IMPATIENT
    } else {
        PATIENT
    };
    start(timeout, move |_| act.clone()).await
}

/// A server with a script.
pub(crate) async fn serve(script: impl Fn(&Received) -> Act + Send + Sync + 'static) -> Server {
    start(PATIENT, script).await
}

async fn start(
    timeout: Duration,
    script: impl Fn(&Received) -> Act + Send + Sync + 'static,
) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let received = Arc::new(Mutex::new(Vec::new()));
    let (log, script) = (Arc::clone(&received), Arc::new(script));
    tokio::spawn(async move {
        for connection in 0.. {
            let Ok((stream, _)) = listener.accept().await else {
                return;
            };
            let (log, script) = (Arc::clone(&log), Arc::clone(&script));
            tokio::spawn(async move { converse(stream, connection, &log, &*script).await });
        }
    });
    let address = format!("http://127.0.0.1:{port}");
    Server {
        telnyx: telnyx(&format!("{address}/v2"), timeout),
        address,
        received,
    }
}

/// A client of whatever is there.
pub(crate) fn telnyx(base_url: &str, timeout: Duration) -> Telnyx {
    Telnyx::new(settings(base_url, timeout), Arc::new(Unlimited)).unwrap()
}

fn settings(base_url: &str, timeout: Duration) -> Settings {
    Settings {
        base_url: base_url.parse().unwrap(),
        api_key: ApiKey::new("KEY-test"),
        webhook_public_key: "eu2zvPjhY6odxV34Z/EsRiERvTodkev4Fq0SlK90Izg=".to_owned(),
        connect_timeout: timeout,
        call_timeout: timeout,
        campaigns_editable: true,
    }
}

/// A client of a port where nothing listens.
pub(crate) async fn telnyx_of_nobody() -> Telnyx {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    telnyx(
        &format!("http://{}/v2", closed.local_addr().unwrap()),
        PATIENT,
    )
}

/// A client of a port that has no room for one more connection, and what fills it.
pub(crate) async fn telnyx_of_a_full_house() -> (Telnyx, Vec<std::net::TcpStream>, TcpListener) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut guests = Vec::new();
    while let Ok(guest) = std::net::TcpStream::connect_timeout(&address, IMPATIENT) {
        guests.push(guest);
    }
    let settings = settings(&format!("http://{address}/v2"), PATIENT);
    let settings = Settings {
        connect_timeout: IMPATIENT,
        ..settings
    };
    (
        Telnyx::new(settings, Arc::new(Unlimited)).unwrap(),
        guests,
        listener,
    )
}

/// A client that expects TLS where connections are closed at once.
pub(crate) async fn telnyx_of_no_tls() -> Telnyx {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("https://{}/v2", listener.local_addr().unwrap());
    tokio::spawn(async move { while listener.accept().await.is_ok() {} });
    telnyx(&base_url, PATIENT)
}

async fn converse(
    mut stream: TcpStream,
    connection: usize,
    log: &Mutex<Vec<Received>>,
    script: &Script,
) {
    while let Some(call) = receive(&mut stream, connection).await {
        log.lock().unwrap().push(call.clone());
        match script(&call) {
            Act::Answer {
                status,
                headers,
                body,
            } => {
                let length = body.len();
                let head =
                    format!("HTTP/1.1 {status} X\r\n{headers}content-length: {length}\r\n\r\n");
                stream
                    .write_all(format!("{head}{body}").as_bytes())
                    .await
                    .unwrap();
            }
            Act::Half(body) => {
                let length = body.len() + 1;
                let head = format!("HTTP/1.1 200 X\r\ncontent-length: {length}\r\n\r\n");
                stream
                    .write_all(format!("{head}{body}").as_bytes())
                    .await
                    .unwrap();
                return;
            }
            Act::Close => return,
            Act::Hang => std::future::pending().await,
        }
    }
}

async fn receive(stream: &mut TcpStream, connection: usize) -> Option<Received> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let line = lines.next()?.trim_end_matches(" HTTP/1.1").to_owned();
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let mut call = Received {
        line,
        headers,
        body: Value::Null,
        bytes: Vec::new(),
        connection,
    };
    let length = end + 4 + call.header("content-length").parse().unwrap_or(0);
    while bytes.len() < length {
        stream.read_buf(&mut bytes).await.ok()?;
    }
    call.bytes = bytes[end + 4..length].to_vec();
    call.body = serde_json::from_slice(&call.bytes).unwrap_or_default();
    Some(call)
}
