//! Every value from the environment, read once, at the start, into a type. A
//! wrong one stops the start with a sentence that names it; all wrong ones are
//! named at once.

use std::time::Duration;

use registration::callback::Allowed;
use registration::order::Vetting;
use registration::patience::Patience;
use registration::preflight::Policy;
use registry::telnyx::{self, ApiKey};

use crate::limiter::{Limits, Rate};
use crate::preflight::Preflight;

/// Domain: "vetting about $40"; who makes it and which is Twilio's OpenAPI,
/// `brand_vetting`: Aegis, and of its vettings the standard one.
const VETTING: &str = "AEGIS/STANDARD";

/// Where values come from: a name to its value.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What can be set from outside. Names are those of the environment variables.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// `REGISTRAR_REGISTRY_URL`: the registry's base address. Default: Telnyx's.
    pub registry_url: Option<String>,
    /// `REGISTRAR_REGISTRY_KEY`: the key for it.
    pub registry_key: Option<String>,
    /// `REGISTRAR_REGISTRY_PUBLIC_KEY`: base64 of the ed25519 key that signs its
    /// webhooks.
    pub registry_public_key: Option<String>,
    /// `REGISTRAR_PUBLIC_URL`: the https address under which the registry
    /// reaches this service. Without it no webhooks are asked for.
    pub public_url: Option<String>,
    /// `REGISTRAR_WRITES_PER_SECOND`: calls that change something, for the whole
    /// account. Default 2 (The Campaign Registry's limit); `none`: no limit.
    /// `REGISTRAR_READS_PER_SECOND`: default 20.
    pub limits: Limits,
    /// `REGISTRAR_VETTING`: the vetting that is ordered for a brand whose use case
    /// needs one and whose order names none: provider and class, or `none`, which
    /// asks the account for one. Default `AEGIS/STANDARD`.
    pub vetting: Option<Vetting>,
    /// `REGISTRAR_CAMPAIGNS_EDITABLE`: whether the registry takes changes of a
    /// campaign that was refused, `true` or `false`: then it can only be appealed.
    /// Telnyx's documents disagree. Default `true`.
    pub campaigns_editable: bool,
    /// `REGISTRAR_ACCOUNTS_SHARE_BRANDS`: whether every account may register under
    /// every other's brands, `true` or `false`. For an ISV whose accounts are teams of
    /// its own. Default `false`: an operator shares one brand with one account.
    pub accounts_share_brands: bool,
    /// `REGISTRAR_PREFLIGHT`: `refuse`, and an order that reviewers would refuse for sure is
    /// not taken; or `tell`, the default: it is taken, and what was found is told.
    /// `REGISTRAR_PREFLIGHT_WEIGHTS`: rules with another weight than their own, such as
    /// `website-missing=off,links-same-page=error`.
    pub preflight: Preflight,
    /// `REGISTRAR_CALL_TIMEOUT`: seconds that one call to the registry may take.
    /// Default 20.
    pub call_timeout: Duration,
    /// `REGISTRAR_LEASE`: seconds, longer than the call timeout. Default 60.
    /// `REGISTRAR_FIRST_LOOK`, `REGISTRAR_LONGEST_LOOK`, `REGISTRAR_FIRST_RETRY`,
    /// `REGISTRAR_LONGEST_RETRY`, `REGISTRAR_RESCUE_AFTER`: seconds.
    /// `REGISTRAR_ATTEMPTS`: a count.
    pub patience: Patience,
    /// `REGISTRAR_VISIBILITY`: seconds until an unacknowledged message comes
    /// again, longer than the lease. Default 90.
    pub visibility: Duration,
    /// `REGISTRAR_CALLBACKS_ALLOW`: where callbacks may go beside https to port
    /// 443 of a public address: `loopback`, `ports`, or both. For trying out;
    /// default: nothing.
    pub callbacks: Allowed,
}

/// One value that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {rule}")]
pub struct Wrong {
    /// The variable.
    pub name: &'static str,
    /// What it must be.
    pub rule: String,
}

/// Several of them in one sentence.
pub fn list(wrong: &[Wrong]) -> String {
    let lines: Vec<_> = wrong.iter().map(ToString::to_string).collect();
    lines.join("; ")
}

impl Configuration {
    /// Reads and checks all values.
    pub fn read(lookup: Lookup<'_>) -> Result<Self, Vec<Wrong>> {
        let mut reader = Reader {
            lookup,
            wrong: Vec::new(),
        };
        let d = Patience::default();
        let rescue_after = reader.seconds("REGISTRAR_RESCUE_AFTER", d.rescue_after);
        let patience = Patience {
            first_look: reader.seconds("REGISTRAR_FIRST_LOOK", rescue_after),
            longest_look: reader.seconds("REGISTRAR_LONGEST_LOOK", d.longest_look),
            first_review_look: reader.seconds("REGISTRAR_FIRST_REVIEW_LOOK", d.first_review_look),
            longest_review_look: reader
                .seconds("REGISTRAR_LONGEST_REVIEW_LOOK", d.longest_review_look),
            first_retry: reader.seconds("REGISTRAR_FIRST_RETRY", d.first_retry),
            longest_retry: reader.seconds("REGISTRAR_LONGEST_RETRY", d.longest_retry),
            attempts: reader.count("REGISTRAR_ATTEMPTS", d.attempts),
            lease: reader.seconds("REGISTRAR_LEASE", d.lease),
            rescue_after,
            watch: reader.seconds("REGISTRAR_WATCH", d.watch),
            paid_rounds: reader.count("REGISTRAR_PAID_ROUNDS", d.paid_rounds),
            brand_days: reader.count("REGISTRAR_BRAND_DAYS", d.brand_days),
            vetting_days: reader.count("REGISTRAR_VETTING_DAYS", d.vetting_days),
            campaign_days: reader.count("REGISTRAR_CAMPAIGN_DAYS", d.campaign_days),
            idle_campaign_days: reader.count("REGISTRAR_IDLE_CAMPAIGN_DAYS", d.idle_campaign_days),
            brand_rests_days: d.brand_rests_days,
        };
        let configuration = Self {
            registry_url: (reader.lookup)("REGISTRAR_REGISTRY_URL"),
            registry_key: (reader.lookup)("REGISTRAR_REGISTRY_KEY"),
            registry_public_key: (reader.lookup)("REGISTRAR_REGISTRY_PUBLIC_KEY"),
            public_url: (reader.lookup)("REGISTRAR_PUBLIC_URL")
                .map(|url| url.trim_end_matches('/').to_owned()),
            limits: Limits {
                writes: reader.rate("REGISTRAR_WRITES_PER_SECOND", 2.0),
                reads: reader.rate("REGISTRAR_READS_PER_SECOND", 20.0),
            },
            vetting: reader.value(
                "REGISTRAR_VETTING",
                Vetting::parse(VETTING),
                "must be a provider and a class, such as `AEGIS/STANDARD`, or `none`",
                |text| match text {
                    "none" => Some(None),
                    named => Vetting::parse(named).map(Some),
                },
            ),
            campaigns_editable: reader.flag("REGISTRAR_CAMPAIGNS_EDITABLE", true),
            accounts_share_brands: reader.flag("REGISTRAR_ACCOUNTS_SHARE_BRANDS", false),
            preflight: reader.preflight(),
            call_timeout: reader.seconds("REGISTRAR_CALL_TIMEOUT", Duration::from_secs(20)),
            visibility: reader.seconds("REGISTRAR_VISIBILITY", Duration::from_secs(90)),
            callbacks: reader.value(
                "REGISTRAR_CALLBACKS_ALLOW",
                Allowed::default(),
                Allowed::RULE,
                Allowed::parse,
            ),
            patience,
        };
        reader.order(
            "REGISTRAR_LEASE",
            "longer than REGISTRAR_CALL_TIMEOUT, or a running call could be taken for a lost one",
            configuration.call_timeout < configuration.patience.lease,
        );
        reader.order(
            "REGISTRAR_VISIBILITY",
            "longer than REGISTRAR_LEASE, or a message would come back before its lease has ended",
            configuration.patience.lease < configuration.visibility,
        );
        reader.order(
            "REGISTRAR_RESCUE_AFTER",
            "longer than REGISTRAR_VISIBILITY, or work that only runs long would be rescued",
            configuration.visibility < configuration.patience.rescue_after,
        );
        if reader.wrong.is_empty() {
            Ok(configuration)
        } else {
            Err(reader.wrong)
        }
    }

    /// What the connection to the registry is made of, with these keys.
    pub fn telnyx(
        &self,
        api_key: ApiKey,
        webhook_public_key: String,
    ) -> Result<telnyx::Settings, Wrong> {
        let url = self.registry_url.as_deref().unwrap_or(telnyx::BASE_URL);
        Ok(telnyx::Settings {
            base_url: url.parse().map_err(|_| Wrong {
                name: "REGISTRAR_REGISTRY_URL",
                rule: "must be a URL".to_owned(),
            })?,
            api_key,
            webhook_public_key,
            connect_timeout: self.call_timeout.div_f64(2.0),
            call_timeout: self.call_timeout,
            campaigns_editable: self.campaigns_editable,
        })
    }
}

struct Reader<'a> {
    lookup: Lookup<'a>,
    wrong: Vec<Wrong>,
}

impl Reader<'_> {
    fn seconds(&mut self, name: &'static str, default: Duration) -> Duration {
        let rule = "must be a number of seconds, above 0 and up to 2592000 (30 days)";
        self.value(name, default, rule, |text| {
            let seconds: f64 = text.parse().ok()?;
            (seconds > 0.0 && seconds <= 2_592_000.0).then(|| Duration::from_secs_f64(seconds))
        })
    }

    fn flag(&mut self, name: &'static str, default: bool) -> bool {
        let rule = "must be `true` or `false`";
        self.value(name, default, rule, |text| text.parse().ok())
    }

    fn preflight(&mut self) -> Preflight {
        let rule = "must be `tell` or `refuse`";
        let refuses = self.value("REGISTRAR_PREFLIGHT", false, rule, |text| match text {
            "tell" => Some(false),
            "refuse" => Some(true),
            _ => None,
        });
        let name = "REGISTRAR_PREFLIGHT_WEIGHTS";
        let setting = (self.lookup)(name).unwrap_or_default();
        let policy = Policy::parse(&setting).unwrap_or_else(|error| {
            let rule = format!("must be rules with weights, but {error}");
            self.wrong.push(Wrong { name, rule });
            Policy::default()
        });
        let policy = match self.reaches_a_simulator() {
            true => policy.for_simulator(),
            false => policy,
        };
        Preflight { policy, refuses }
    }

    /// No registry listens on this machine; its simulator does.
    fn reaches_a_simulator(&self) -> bool {
        let url = (self.lookup)("REGISTRAR_REGISTRY_URL").unwrap_or_default();
        let host = url.split_once("://").map_or("", |(_, rest)| rest);
        ["127.0.0.1", "localhost", "[::1]"]
            .iter()
            .any(|local| host.starts_with(local))
    }

    fn count(&mut self, name: &'static str, default: u32) -> u32 {
        self.value(
            name,
            default,
            "must be a whole number from 1 to 100",
            |text| text.parse().ok().filter(|count| (1..=100).contains(count)),
        )
    }

    fn rate(&mut self, name: &'static str, default: f64) -> Option<Rate> {
        let rule = "must be calls per second, above 0 and up to 10000, or `none`";
        self.value(
            name,
            Rate::per_second(default).ok(),
            rule,
            |text| match text {
                "none" => Some(None),
                rate => rate
                    .parse()
                    .ok()
                    .and_then(|rate| Rate::per_second(rate).ok())
                    .map(Some),
            },
        )
    }

    fn value<T>(
        &mut self,
        name: &'static str,
        default: T,
        rule: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> T {
        let Some(text) = (self.lookup)(name) else {
            return default;
        };
        if let Some(value) = parse(text.trim()) {
            return value;
        }
        self.wrong.push(Wrong {
            name,
            rule: rule.to_owned(),
        });
        default
    }

    fn order(&mut self, name: &'static str, rule: &str, holds: bool) {
        if !holds {
            self.wrong.push(Wrong {
                name,
                rule: format!("must be {rule}"),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_value_is_named_at_once() {
        let lookup = |name: &str| match name {
            "REGISTRAR_ATTEMPTS" => Some("many".to_owned()),
            "REGISTRAR_WRITES_PER_SECOND" => Some("-1".to_owned()),
            "REGISTRAR_LEASE" => Some("100".to_owned()),
            "REGISTRAR_CALLBACKS_ALLOW" => Some("loopbak".to_owned()),
            _ => None,
        };
        let wrong = Configuration::read(&lookup).unwrap_err();
        let names: Vec<_> = wrong.iter().map(|wrong| wrong.name).collect();
        assert_eq!(
            names,
            [
                "REGISTRAR_ATTEMPTS",
                "REGISTRAR_WRITES_PER_SECOND",
                "REGISTRAR_CALLBACKS_ALLOW",
                "REGISTRAR_VISIBILITY"
            ]
        );
    }

    #[test]
    fn what_preflight_does_can_be_set_and_a_rule_that_is_none_is_named() {
        let set = |values: &'static [(&str, &str)]| {
            let lookup = |name: &str| {
                let value = values.iter().find(|(known, _)| *known == name);
                value.map(|(_, value)| (*value).to_owned())
            };
            Configuration::read(&lookup).map(|configuration| configuration.preflight)
        };
        assert!(!set(&[]).unwrap().refuses);
        assert!(set(&[("REGISTRAR_PREFLIGHT", "refuse")]).unwrap().refuses);
        let weighed = set(&[("REGISTRAR_PREFLIGHT_WEIGHTS", "website-missing=off")]).unwrap();
        assert_eq!(Ok(weighed.policy), Policy::parse("website-missing=off"));
        let simulated = set(&[("REGISTRAR_REGISTRY_URL", "http://127.0.0.1:9/v2")]).unwrap();
        assert_eq!(simulated.policy, Policy::default().for_simulator());
        let wrong = set(&[
            ("REGISTRAR_PREFLIGHT", "maybe"),
            ("REGISTRAR_PREFLIGHT_WEIGHTS", "website=off"),
        ])
        .unwrap_err();
        let names: Vec<_> = wrong.iter().map(|wrong| wrong.name).collect();
        assert_eq!(
            names,
            ["REGISTRAR_PREFLIGHT", "REGISTRAR_PREFLIGHT_WEIGHTS"]
        );
        assert!(wrong.iter().any(|wrong| wrong.rule.contains("`website`")));
    }

    #[test]
    fn the_defaults_can_be_used_as_they_are() {
        let configuration = Configuration::read(&|_| None).unwrap();
        assert_eq!(configuration.limits.writes, Rate::per_second(2.0).ok());
    }

    #[test]
    fn whether_a_refused_campaign_can_be_edited_is_told_to_the_registry() {
        for (value, editable) in [(None, true), (Some("true"), true), (Some("false"), false)] {
            let named = |name: &str| (name == "REGISTRAR_CAMPAIGNS_EDITABLE").then_some(value)?;
            let lookup = |name: &str| named(name).map(str::to_owned);
            let configuration = Configuration::read(&lookup).unwrap();
            let settings = configuration.telnyx(ApiKey::new("KEY"), String::new());
            assert_eq!(settings.unwrap().campaigns_editable, editable, "{value:?}");
        }
        let maybe =
            |name: &str| (name == "REGISTRAR_CAMPAIGNS_EDITABLE").then(|| "sometimes".to_owned());
        let wrong = Configuration::read(&maybe).unwrap_err();
        let names: Vec<_> = wrong.iter().map(|wrong| wrong.name).collect();
        assert_eq!(names, ["REGISTRAR_CAMPAIGNS_EDITABLE"]);
    }

    #[test]
    fn the_vetting_that_is_ordered_where_one_is_needed_can_be_set_and_left_out() {
        for (value, vetting) in [
            (None, Vetting::parse("AEGIS/STANDARD")),
            (Some("CV/POLITICAL"), Vetting::parse("CV/POLITICAL")),
            (Some("none"), None),
        ] {
            let named = |name: &str| (name == "REGISTRAR_VETTING").then_some(value)?;
            let lookup = |name: &str| named(name).map(str::to_owned);
            assert_eq!(Configuration::read(&lookup).unwrap().vetting, vetting);
        }
    }

    #[test]
    fn an_address_of_the_registry_that_is_none_is_named() {
        let lookup = |name: &str| (name == "REGISTRAR_REGISTRY_URL").then(|| "nowhere".to_owned());
        let configuration = Configuration::read(&lookup).unwrap();
        let wrong = configuration.telnyx(ApiKey::new("KEY"), String::new());
        assert_eq!(wrong.unwrap_err().name, "REGISTRAR_REGISTRY_URL");
    }
}
