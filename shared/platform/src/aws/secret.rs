//! Secrets: kept in SSM Parameter Store, read once, at start.

use aws_config::SdkConfig;

use super::failure::Failure;

/// A secret that could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// SSM did not give it out.
    #[error("the parameter `{name}` could not be read: check that it is there, and the role")]
    Refused {
        /// Which.
        name: String,
        /// What SSM said.
        #[source]
        source: Failure,
    },
    /// There is nothing in it.
    #[error("the parameter `{0}` is empty")]
    Empty(String),
}

/// The value of a parameter, decrypted.
pub async fn secret(config: &SdkConfig, name: &str) -> Result<String, SecretError> {
    let answer = aws_sdk_ssm::Client::new(config)
        .get_parameter()
        .name(name)
        .with_decryption(true)
        .send()
        .await
        .map_err(|error| SecretError::Refused {
            name: name.to_owned(),
            source: Failure::of(&error),
        })?;
    let value = answer.parameter.and_then(|parameter| parameter.value);
    value
        .filter(|value| !value.is_empty())
        .ok_or_else(|| SecretError::Empty(name.to_owned()))
}
