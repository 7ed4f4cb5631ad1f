//! The connections of `serve`: how many at once, and how slow one may be. On AWS both
//! are API Gateway's.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use platform::telemetry::chain;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tracing::{debug, warn};

/// Connections at once; further ones wait until one ends. Most systems let a process
/// have 1,024 files open, and the data file and the registry need theirs.
pub const MOST: u32 = 768;

/// The longest that a request's header may take, and that a connection may stay without
/// one. It ends those who hold connections open by sending little or nothing.
pub const SLOWEST_HEADER: Duration = Duration::from_secs(15);

/// The longest that a request may take, its body included. The API ends its own calls
/// earlier, with a problem.
pub const LONGEST_REQUEST: Duration = Duration::from_secs(15);

/// The most of a connection that is kept in memory before it is understood.
const BUFFER: usize = 64 * 1024;

/// Serves until it is told to stop, and then what is in flight.
pub(crate) async fn serve(listener: TcpListener, router: Router, stop: watch::Receiver<bool>) {
    let router = router.layer(middleware::from_fn(in_time));
    let open = Arc::new(Semaphore::new(MOST as usize));
    loop {
        let next = async {
            let place = Arc::clone(&open).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            next = next => next,
            () = told(stop.clone()) => break,
        };
        match (place, accepted) {
            (Ok(place), Ok((stream, _))) => {
                let connection = connection(stream, router.clone(), stop.clone());
                tokio::spawn(async move {
                    connection.await;
                    drop(place);
                });
            }
            (Ok(_), Err(error)) => {
                // Such as no more files: it passes when others end.
                warn!(error = %chain(&error), "a connection could not be taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            // Nobody closes it.
            (Err(_), _) => break,
        }
    }
    drop(listener);
    let longest = SLOWEST_HEADER + LONGEST_REQUEST;
    if (tokio::time::timeout(longest, open.acquire_many(MOST)).await).is_err() {
        warn!("stopped with connections that did not end");
    }
}

/// Ends once `serve` is told to stop.
async fn told(mut stop: watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn connection(stream: TcpStream, router: Router, stop: watch::Receiver<bool>) {
    // Answers are written whole.
    let _ = stream.set_nodelay(true);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(SLOWEST_HEADER)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = told(stop) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!(error = %chain(&error), "a connection ended");
    }
}

/// Ends a request whose body does not come.
async fn in_time(request: Request, next: Next) -> Response {
    match tokio::time::timeout(LONGEST_REQUEST, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let mut response = StatusCode::REQUEST_TIMEOUT.into_response();
            let headers = response.headers_mut();
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
            response
        }
    }
}
