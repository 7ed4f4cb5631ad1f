//! What those do who mean harm, or whose client is broken.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::LONGEST;
use crate::served::{Served, status};

/// More than the service takes at once, and about as many as it may have files.
const MANY: usize = 1_000;

/// How many answers there were of each status; none where a connection was just ended.
type Answers = BTreeMap<Option<u16>, usize>;

/// 1,000 connections, each with a header that never ends, a byte each second.
pub(crate) async fn slow_headers(served: &Served) -> anyhow::Result<String> {
    let begun = Instant::now();
    let mut slow = JoinSet::new();
    for _ in 0..MANY {
        let mut stream = served.connect().await?;
        stream.write_all(b"GET /v1/health HTTP/1.1\r\nx: ").await?;
        slow.spawn(drip(stream));
    }
    let open = begun.elapsed();
    served.answers().await.context("while they are slow")?;
    let waited = begun.elapsed();
    let answers = ended(slow).await?;
    Ok(format!(
        "all open after {:.1} s, another client answered after {:.1} s, {}",
        open.as_secs_f64(),
        waited.as_secs_f64(),
        told(&answers)?
    ))
}

/// 200 calls with a token and 200 webhooks without one whose bodies never end.
pub(crate) async fn slow_bodies(served: &Served) -> anyhow::Result<String> {
    let mut slow = JoinSet::new();
    for call in [
        "POST /v1/registrations",
        "POST /v1/webhooks/telnyx/reg_01h455vb4pex5vsknk084sn02q",
    ] {
        for _ in 0..200 {
            let mut stream = served.connect().await?;
            let head = served.head(
                call,
                "Content-Type: application/json\r\nContent-Length: 5000\r\n",
            );
            stream.write_all(head.as_bytes()).await?;
            slow.spawn(drip(stream));
        }
    }
    served.answers().await.context("while they are slow")?;
    let answers = ended(slow).await?;
    ensure!(
        answers.keys().all(|status| *status == Some(408)),
        "{answers:?}"
    );
    told(&answers)
}

/// 1,000 connections, each with one call, and then kept open.
pub(crate) async fn many_connections(served: &Served) -> anyhow::Result<String> {
    let mut calls = JoinSet::new();
    for _ in 0..MANY {
        let head = served.head("GET /v1/registrations", "");
        let mut stream = served.connect().await?;
        calls.spawn(async move {
            stream.write_all(head.as_bytes()).await?;
            let status = status(&mut stream).await?;
            Ok((status, Some(stream)))
        });
    }
    let (mut answers, mut open) = (Answers::new(), Vec::new());
    while let Some(call) = calls.join_next().await {
        let (status, stream): (_, Option<TcpStream>) = call?.and_then(anyhow::Ok)?;
        *answers.entry(status).or_default() += 1;
        open.push(stream);
    }
    ensure!(
        answers.keys().all(|status| *status == Some(200)),
        "{answers:?}"
    );
    told(&answers)
}

/// Twenty bodies of 100 MB at once, said to be so large and not, with a token and without.
pub(crate) async fn large_bodies(served: &Served) -> anyhow::Result<String> {
    const SIZE: usize = 100_000_000;
    const PIECE: usize = 100_000;
    let webhook = "POST /v1/webhooks/telnyx/reg_01h455vb4pex5vsknk084sn02q";
    let mut calls = JoinSet::new();
    for call in [
        "POST /v1/registrations",
        "PUT /v1/callback",
        webhook,
        "POST /v1/nothing",
    ] {
        for number in 0..5 {
            let said = number % 2 == 0;
            let headers = match said {
                true => format!("Content-Type: application/json\r\nContent-Length: {SIZE}\r\n"),
                false => {
                    "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n".to_owned()
                }
            };
            let head = served.head(call, &headers);
            let mut stream = served.connect().await?;
            calls.spawn(async move {
                stream.write_all(head.as_bytes()).await?;
                let mut piece = vec![b' '; PIECE];
                if !said {
                    piece.splice(0..0, format!("{PIECE:x}\r\n").into_bytes());
                    piece.extend(b"\r\n");
                }
                for _ in 0..SIZE / PIECE {
                    // The service need not listen to the end.
                    if timeout(LONGEST, stream.write_all(&piece)).await?.is_err() {
                        break;
                    }
                }
                Ok((status(&mut stream).await?, None))
            });
        }
    }
    told(&ended(calls).await?)
}

/// Fifty bodies at once that go 100,000 levels deep.
pub(crate) async fn deep_bodies(served: &Served) -> anyhow::Result<String> {
    let mut calls = JoinSet::new();
    for level in ["[", "{\"brand\":", "{\"a\":[", "[{\"a\":", "[[],"] {
        let body = level.repeat(100_000);
        for number in 0..10 {
            let call = match number % 2 {
                0 => "POST /v1/registrations",
                _ => "PUT /v1/callback",
            };
            let length = format!(
                "Content-Type: application/json\r\nContent-Length: {}\r\n",
                body.len()
            );
            let sent = served.head(call, &length) + &body;
            let mut stream = served.connect().await?;
            calls.spawn(async move {
                stream.write_all(sent.as_bytes()).await?;
                Ok((status(&mut stream).await?, None))
            });
        }
    }
    let answers = ended(calls).await?;
    ensure!(
        answers.keys().all(|status| *status == Some(400)),
        "{answers:?}"
    );
    told(&answers)
}

/// Fifty heads of 1 MB: one long line, and many short ones.
pub(crate) async fn large_headers(served: &Served) -> anyhow::Result<String> {
    let long = format!("x-long: {}\r\n", "x".repeat(1_000_000));
    let many = "x-many: x\r\n".repeat(100_000);
    let mut calls = JoinSet::new();
    for headers in [long, many] {
        for _ in 0..25 {
            let head = served.head("GET /v1/registrations", &headers);
            let mut stream = served.connect().await?;
            calls.spawn(async move {
                let _ = timeout(LONGEST, stream.write_all(head.as_bytes())).await?;
                Ok((status(&mut stream).await?, None))
            });
        }
    }
    told(&ended(calls).await?)
}

type Call = anyhow::Result<(Option<u16>, Option<TcpStream>)>;

/// Sends a byte each second until the service has had enough of it.
async fn drip(mut stream: TcpStream) -> Call {
    let (reads, mut writes) = stream.split();
    let dripping = async {
        while writes.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    let both = async {
        tokio::select! {
            () = dripping => {}
            _ = reads.readable() => {}
        }
    };
    timeout(LONGEST, both)
        .await
        .context("the service bears it")?;
    Ok((status(&mut stream).await?, None))
}

/// What the calls ended with.
async fn ended(mut calls: JoinSet<Call>) -> anyhow::Result<Answers> {
    let mut answers = Answers::new();
    while let Some(call) = calls.join_next().await {
        let (status, _) = call??;
        *answers.entry(status).or_default() += 1;
    }
    Ok(answers)
}

/// The answers in words; none may be a 5xx.
fn told(answers: &Answers) -> anyhow::Result<String> {
    ensure!(
        answers.keys().flatten().all(|status| *status < 500),
        "{answers:?}"
    );
    let each = answers.iter().map(|(status, times)| match status {
        Some(status) => format!("{times} × {status}"),
        None => format!("{times} × ended"),
    });
    Ok(each.collect::<Vec<_>>().join(", "))
}
