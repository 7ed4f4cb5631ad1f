//! What a process on AWS is told by its environment, beside
//! [`crate::configuration::Configuration`].

use std::time::Duration;

use super::tables::Tables;
use crate::configuration::{Lookup, Wrong};

/// Names are those of the environment variables.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `REGISTRAR_EVENTS_TABLE`, `REGISTRAR_REGISTRATIONS_TABLE`,
    /// `REGISTRAR_CONTROLS_TABLE`: the tables' names. Required.
    pub tables: Tables,
    /// `REGISTRAR_QUEUE_URL_PREFIX`: the URL of a function's queue without the
    /// function's name. Required.
    pub queue_url_prefix: String,
    /// `REGISTRAR_STAGE`: the dimension of all metrics. Default `default`.
    pub stage: String,
    /// `REGISTRAR_FUNCTION_TIMEOUT`: seconds after which Lambda ends a function;
    /// longer than a call to the registry, shorter than a lease. Default 50.
    pub function_timeout: Duration,
    /// `REGISTRAR_REGISTRY_KEY_PARAMETER`: the SSM parameter with the registry's
    /// key. Only functions that call it.
    pub registry_key: Option<String>,
    /// `REGISTRAR_REGISTRY_PUBLIC_KEY_PARAMETER`: the SSM parameter with the key
    /// that signs the registry's webhooks.
    pub registry_public_key: Option<String>,
}

impl Settings {
    /// Reads and checks all values.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let mut required = |name: &'static str, rule: &str| {
            lookup(name).unwrap_or_else(|| {
                let rule = format!("must be {rule}, and is not set");
                wrong.push(Wrong { name, rule });
                String::new()
            })
        };
        let table = "the name of a table";
        let tables = Tables {
            events: required("REGISTRAR_EVENTS_TABLE", table),
            registrations: required("REGISTRAR_REGISTRATIONS_TABLE", table),
            controls: required("REGISTRAR_CONTROLS_TABLE", table),
        };
        let url = "a queue's URL without the function's name";
        let queue_url_prefix = required("REGISTRAR_QUEUE_URL_PREFIX", url);
        if !queue_url_prefix.is_empty() && !queue_url_prefix.starts_with("http") {
            wrong.push(Wrong {
                name: "REGISTRAR_QUEUE_URL_PREFIX",
                rule: format!("must be {url}"),
            });
        }
        let timeout = lookup("REGISTRAR_FUNCTION_TIMEOUT");
        let timeout = timeout.map_or(Some(50.0), |text| text.trim().parse::<f64>().ok());
        let timeout = timeout.filter(|seconds| (1.0..=900.0).contains(seconds));
        if timeout.is_none() {
            wrong.push(Wrong {
                name: "REGISTRAR_FUNCTION_TIMEOUT",
                rule: "must be a number of seconds, from 1 to 900".to_owned(),
            });
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Self {
            tables,
            queue_url_prefix,
            stage: lookup("REGISTRAR_STAGE").unwrap_or_else(|| "default".to_owned()),
            function_timeout: Duration::from_secs_f64(timeout.unwrap_or(50.0)),
            registry_key: lookup("REGISTRAR_REGISTRY_KEY_PARAMETER"),
            registry_public_key: lookup("REGISTRAR_REGISTRY_PUBLIC_KEY_PARAMETER"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_missing_or_wrong_is_named_at_once() {
        let lookup = |name: &str| match name {
            "REGISTRAR_EVENTS_TABLE" => Some("events".to_owned()),
            "REGISTRAR_QUEUE_URL_PREFIX" => Some("registrar-".to_owned()),
            "REGISTRAR_FUNCTION_TIMEOUT" => Some("soon".to_owned()),
            _ => None,
        };
        let wrong = Settings::read(&lookup).unwrap_err();
        let names: Vec<_> = wrong.iter().map(|wrong| wrong.name).collect();
        assert_eq!(
            names,
            [
                "REGISTRAR_REGISTRATIONS_TABLE",
                "REGISTRAR_CONTROLS_TABLE",
                "REGISTRAR_QUEUE_URL_PREFIX",
                "REGISTRAR_FUNCTION_TIMEOUT"
            ]
        );
    }
}
