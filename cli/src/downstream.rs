//! The registry that a configuration names.

use anyhow::Context as _;
use platform::Platform;
use platform::at_registry::Downstream;
use platform::configuration::Configuration;
use registry::telnyx::ApiKey;

/// Connects to Telnyx, or to whatever speaks its API at the configured address.
pub fn downstream(
    platform: &Platform,
    configuration: &Configuration,
) -> anyhow::Result<Downstream> {
    let missing =
        |name: &str| format!("{name} is not set: the registry's portal shows it, by the account");
    let key = configuration.registry_key.as_deref();
    let public_key = configuration.registry_public_key.as_deref();
    let settings = configuration.telnyx(
        ApiKey::new(key.with_context(|| missing("REGISTRAR_REGISTRY_KEY"))?),
        public_key
            .with_context(|| missing("REGISTRAR_REGISTRY_PUBLIC_KEY"))?
            .to_owned(),
    )?;
    Ok(Downstream::telnyx(platform, configuration, settings)?)
}
