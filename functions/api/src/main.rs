//! api in AWS Lambda: the same Router, behind API Gateway.

use std::process::ExitCode;

use axum::middleware;
use axum::response::Response;
use lambda_http::http::HeaderValue;
use platform::lambda;

fn main() -> ExitCode {
    lambda::run(async {
        let started = lambda::start().await?;
        let router = api::router(started.platform).layer(middleware::map_response(as_text));
        lambda_http::run(router).await
    })
}

/// Everything we say is text. Without this, what lambda_http does not know as
/// text, such as NDJSON, would leave API Gateway in base64.
async fn as_text(mut response: Response) -> Response {
    let text = HeaderValue::from_static("text");
    let headers = response.headers_mut();
    headers.insert("x-lambda-http-content-encoding", text);
    response
}
