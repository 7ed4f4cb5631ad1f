//! What an AWS service said when it did not do what it was asked, without the
//! data it was asked with.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::RequestId;

use crate::store::StoreError;

/// A call to AWS that failed, also after the SDK's own repetitions.
#[derive(Debug, thiserror::Error)]
#[error("{code}: {message} (request {request})")]
pub struct Failure {
    code: String,
    message: String,
    request: String,
    throttled: bool,
}

/// The error codes that mean: later.
const THROTTLES: [&str; 6] = [
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "ThrottledException",
    "TransactionInProgressException",
];

impl Failure {
    pub(super) fn of<E, R>(error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata,
        SdkError<E, R>: RequestId,
    {
        let (class, what_to_do) = match error {
            SdkError::ConstructionFailure(_) => ("request not made", "look at region and names"),
            SdkError::TimeoutError(_) => ("timeout", "the service did not answer in time"),
            SdkError::DispatchFailure(_) => (
                "no connection",
                "look at the network, the region, and AWS_ENDPOINT_URL where it is set",
            ),
            SdkError::ResponseError(_) => ("unreadable answer", "is it the service's address?"),
            _ => ("refused", "no message"),
        };
        let metadata = error.as_service_error().map(ProvideErrorMetadata::meta);
        let code = metadata.and_then(|meta| meta.code()).unwrap_or(class);
        Self {
            code: code.to_owned(),
            message: metadata
                .and_then(|meta| meta.message())
                .unwrap_or(what_to_do)
                .to_owned(),
            request: error.request_id().unwrap_or("unknown").to_owned(),
            throttled: THROTTLES.contains(&code),
        }
    }
}

/// A failed call as a store's error.
pub(super) fn store<E, R>(verb: &'static str) -> impl Fn(SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata,
    SdkError<E, R>: RequestId,
{
    move |error| {
        let failure = Failure::of(&error);
        match failure.throttled {
            true => StoreError::Busy {
                verb,
                source: failure.into(),
            },
            false => StoreError::Failed {
                verb,
                source: failure.into(),
            },
        }
    }
}

/// An item that cannot be read.
pub(super) fn corrupt(what: &str, why: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt(format!("{what}: {why}"))
}
