//! Once per process: environment, secrets, clients.

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use registry::telnyx::{ApiKey, SettingsError};

use crate::Platform;
use crate::at_registry::Downstream;
use crate::aws::{self, Dynamo, SecretError, Settings, Sqs};
use crate::callback::Callbacks;
use crate::clock::SystemClock;
use crate::configuration::{Configuration, Wrong, list};
use crate::memory::Memory;
use crate::telemetry::{self, Format};

/// Registrations that a function's process remembers: at most about 3 MB.
const REMEMBERED: usize = 256;

/// How long a function waits for a slot. Waiting is paid for by the millisecond;
/// a message that comes back later costs about as much as one second.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// A process that cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The environment cannot be used.
    #[error("the environment cannot be used: {}", list(.0))]
    Environment(Vec<Wrong>),
    /// A secret cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// No connection to the registry can be made of this.
    #[error(transparent)]
    Registry(#[from] SettingsError),
}

/// What a function works with.
pub struct Started {
    /// Its store, its queue, its clock.
    pub platform: Platform,
    /// What it was told.
    pub configuration: Configuration,
    /// What it was told of AWS.
    pub settings: Settings,
    aws: SdkConfig,
}

/// Reads the environment and makes the clients. Nothing is called yet.
pub async fn start() -> Result<Started, StartError> {
    #[allow(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment of a function"
    )]
    let lookup = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    telemetry::start(
        Format::Json,
        lookup("REGISTRAR_LOG").as_deref().unwrap_or("info"),
    );
    let (configuration, settings) = read(&lookup).map_err(StartError::Environment)?;
    let aws = aws::connect().await;
    let dynamo = aws_sdk_dynamodb::Client::new(&aws);
    let sqs = aws_sdk_sqs::Client::new(&aws);
    let patience = configuration.patience.clone();
    let platform = Platform {
        store: Arc::new(Dynamo::new(dynamo, settings.tables.clone(), random)),
        queue: Arc::new(Sqs::new(sqs, &settings.queue_url_prefix)),
        clock: Arc::new(SystemClock),
        random,
        // A function has less time than its message is hidden for.
        visibility: patience.lease + LONGEST_WAIT,
        patience,
        preflight: configuration.preflight.clone(),
        accounts_share_brands: configuration.accounts_share_brands,
        callbacks: Callbacks::new(configuration.callbacks),
        memory: Memory::of(REMEMBERED),
    };
    Ok(Started {
        platform,
        configuration,
        settings,
        aws,
    })
}

/// Everything that is wrong is named at once.
fn read(lookup: crate::configuration::Lookup<'_>) -> Result<(Configuration, Settings), Vec<Wrong>> {
    match (Configuration::read(lookup), Settings::read(lookup)) {
        (Ok(configuration), Ok(settings)) => {
            let timeout = settings.function_timeout;
            if configuration.call_timeout < timeout && timeout < configuration.patience.lease {
                return Ok((configuration, settings));
            }
            let rule = "must be longer than REGISTRAR_CALL_TIMEOUT and shorter than \
                REGISTRAR_LEASE, or a running function could be taken for a dead one";
            Err(vec![Wrong {
                name: "REGISTRAR_FUNCTION_TIMEOUT",
                rule: rule.to_owned(),
            }])
        }
        (one, other) => {
            let mut wrong = one.err().unwrap_or_default();
            wrong.extend(other.err().unwrap_or_default());
            Err(wrong)
        }
    }
}

/// 128 random bits from the operating system.
fn random() -> u128 {
    let mut bytes = [0; 16];
    // Without random numbers no id is safe: ids made of zeros collide, and the
    // store refuses the second.
    let _ = getrandom::fill(&mut bytes);
    u128::from_le_bytes(bytes)
}

impl Started {
    /// The registry, for a function that calls it.
    pub async fn downstream(&self) -> Result<Downstream, StartError> {
        let key = self.secret(
            "REGISTRAR_REGISTRY_KEY_PARAMETER",
            &self.settings.registry_key,
        );
        self.telnyx(ApiKey::new(key.await?)).await
    }

    /// The registry, for a function that only proves its webhooks: without the
    /// key to call it.
    pub async fn webhooks_only(&self) -> Result<Downstream, StartError> {
        self.telnyx(ApiKey::new("none")).await
    }

    async fn telnyx(&self, api_key: ApiKey) -> Result<Downstream, StartError> {
        let public_key = self.secret(
            "REGISTRAR_REGISTRY_PUBLIC_KEY_PARAMETER",
            &self.settings.registry_public_key,
        );
        let configuration = &self.configuration;
        let settings = configuration
            .telnyx(api_key, public_key.await?)
            .map_err(|wrong| StartError::Environment(vec![wrong]))?;
        Ok(Downstream::telnyx(&self.platform, configuration, settings)?)
    }

    async fn secret(
        &self,
        variable: &'static str,
        name: &Option<String>,
    ) -> Result<String, StartError> {
        let Some(name) = name else {
            return Err(StartError::Environment(vec![Wrong {
                name: variable,
                rule: "must be the name of an SSM parameter, and is not set".to_owned(),
            }]));
        };
        Ok(aws::secret(&self.aws, name).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(name: &str) -> Option<String> {
        let value = match name {
            "REGISTRAR_EVENTS_TABLE" | "REGISTRAR_REGISTRATIONS_TABLE" => "table",
            "REGISTRAR_CONTROLS_TABLE" => "controls",
            "REGISTRAR_QUEUE_URL_PREFIX" => "https://sqs/registrar-",
            _ => return None,
        };
        Some(value.to_owned())
    }

    #[test]
    fn the_defaults_fit_each_other() {
        assert!(read(&environment).is_ok());
    }

    #[test]
    fn wrong_values_of_both_kinds_are_named_together() {
        let lookup = |name: &str| match name {
            "REGISTRAR_ATTEMPTS" => Some("many".to_owned()),
            _ => None,
        };
        let wrong = read(&lookup).unwrap_err();
        let names: Vec<_> = wrong.iter().map(|wrong| wrong.name).collect();
        assert_eq!(names.first(), Some(&"REGISTRAR_ATTEMPTS"));
        assert!(names.contains(&"REGISTRAR_CONTROLS_TABLE"), "{names:?}");
    }

    #[test]
    fn a_function_that_may_outlive_its_lease_does_not_start() {
        let lookup = |name: &str| match name {
            "REGISTRAR_FUNCTION_TIMEOUT" => Some("60".to_owned()),
            name => environment(name),
        };
        let wrong = read(&lookup).unwrap_err();
        let names: Vec<_> = wrong.iter().map(|wrong| wrong.name).collect();
        assert_eq!(names, ["REGISTRAR_FUNCTION_TIMEOUT"]);
    }
}
