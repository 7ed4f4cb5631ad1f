//! The campaign: what the brand sends, and how people agree to receive it.

use super::contact::WebAddress;
use super::problem::{Refused, Rule};
use super::reader::Reader;
use super::text::{Keywords, Text, choice, one_of};
use serde::{Deserialize, Serialize};

choice! {
    /// What a campaign is for.
    Usecase:
    "2FA" "ACCOUNT_NOTIFICATION" "AGENTS_FRANCHISES" "CARRIER_EXEMPT" "CHARITY" "CUSTOMER_CARE"
    "DELIVERY_NOTIFICATION" "EMERGENCY" "FRAUD_ALERT" "HIGHER_EDUCATION" "K12_EDUCATION"
    "LOW_VOLUME" "MARKETING" "MIXED" "POLITICAL" "POLLING_VOTING" "PROXY"
    "PUBLIC_SERVICE_ANNOUNCEMENT" "SECURITY_ALERT" "SOCIAL" "SOLE_PROPRIETOR" "SWEEPSTAKE" "TRIAL"
    "UCAAS_HIGH" "UCAAS_LOW"
}

impl Usecase {
    /// Several uses at little volume; names 1 to 5 of them.
    pub const LOW_VOLUME: &'static str = "LOW_VOLUME";
    /// Promotions.
    pub const MARKETING: &'static str = "MARKETING";
    /// Several uses; names 2 to 5 of them.
    pub const MIXED: &'static str = "MIXED";
    /// Of candidates, parties and committees.
    pub const POLITICAL: &'static str = "POLITICAL";
    /// The one use case of a sole proprietor, and of nobody else.
    pub const SOLE_PROPRIETOR: &'static str = "SOLE_PROPRIETOR";

    /// Takes a use case that can be part of [`Usecase::MIXED`] or [`Usecase::LOW_VOLUME`]: any
    /// but those two. Which of them the brand qualifies for is the registry's answer.
    ///
    /// # Errors
    /// Any other text.
    pub fn parse_part(text: &str) -> Result<Self, Refused> {
        one_of(text, Self::ALL)?;
        if [Self::MIXED, Self::LOW_VOLUME].contains(&text) {
            let message = "A use case made of others cannot be part of another: name single ones.";
            return Err(Refused::new(Rule::NotAllowed, message));
        }
        Ok(Self(text.to_owned()))
    }
}

/// One use case with its texts, in the fields of the registry (Telnyx SDK: campaign submit
/// parameters). The samples are a list here and `sample1` to `sample5` there. Brand, reference
/// and webhook addresses are not part of an order: we fill them in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Campaign {
    /// What the campaign is for.
    pub usecase: Usecase,
    /// The uses it is made of: 2 to 5 for `MIXED`, 1 to 5 for `LOW_VOLUME`, else none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sub_usecases: Vec<Usecase>,
    /// What is sent, by whom, to whom and why.
    pub description: Text<40, 4096>,
    /// How people agree to receive it.
    pub message_flow: Text<40, 4096>,
    /// Messages as they will be sent: 1 to 5, and at least 2 for `MIXED` and `MARKETING`.
    pub samples: Vec<Text<20, 1024>>,
    /// Whether the help keywords are answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscriber_help: Option<bool>,
    /// Whether people opt in before the first message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscriber_optin: Option<bool>,
    /// Whether the opt-out keywords are obeyed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscriber_optout: Option<bool>,
    /// The answer to a help keyword; needed when `subscriberHelp` is true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help_message: Option<Text<20, 1024>>,
    /// The answer to an opt-in; needed when `subscriberOptin` is true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optin_message: Option<Text<20, 1024>>,
    /// The answer to an opt-out; needed when `subscriberOptout` is true.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optout_message: Option<Text<20, 1024>>,
    /// The help keywords.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help_keywords: Option<Keywords>,
    /// The opt-in keywords.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optin_keywords: Option<Keywords>,
    /// The opt-out keywords.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub optout_keywords: Option<Keywords>,
    /// Whether messages hold a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embedded_link: Option<bool>,
    /// Such a link, not shortened by a public shortener.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embedded_link_sample: Option<WebAddress>,
    /// Whether messages hold a phone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embedded_phone: Option<bool>,
    /// Whether a pool of numbers sends; must be true for 50 numbers or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number_pool: Option<bool>,
    /// Whether the content is for adults only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_gated: Option<bool>,
    /// Whether the content offers loans.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direct_lending: Option<bool>,
    /// Where the privacy policy is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub privacy_policy_link: Option<WebAddress>,
    /// Where the terms and conditions are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms_and_conditions_link: Option<WebAddress>,
    /// Whether the business accepts the registry's terms and conditions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms_and_conditions: Option<bool>,
    /// Whether the campaign renews itself at the end of a billing cycle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_renewal: Option<bool>,
}

impl Campaign {
    /// The most samples, and the most parts of a use case, that the registry has room for.
    pub(super) const MAX_ENTRIES: usize = 5;

    pub(super) fn read(fields: &mut Reader) -> Option<Self> {
        let usecase = fields.required("usecase", Usecase::parse);
        let sub_usecases = fields.list("subUsecases", 0..=Self::MAX_ENTRIES, Usecase::parse_part);
        let description = fields.required("description", Text::parse);
        let message_flow = fields.required("messageFlow", Text::parse);
        let samples = fields.list("samples", 1..=Self::MAX_ENTRIES, Text::parse);
        Some(Self {
            // Every field is read before the first `?` may leave.
            sub_usecases: sub_usecases.unwrap_or_default(),
            subscriber_help: fields.flag("subscriberHelp"),
            subscriber_optin: fields.flag("subscriberOptin"),
            subscriber_optout: fields.flag("subscriberOptout"),
            help_message: fields.optional("helpMessage", Text::parse),
            optin_message: fields.optional("optinMessage", Text::parse),
            optout_message: fields.optional("optoutMessage", Text::parse),
            help_keywords: fields.optional("helpKeywords", Keywords::parse),
            optin_keywords: fields.optional("optinKeywords", Keywords::parse),
            optout_keywords: fields.optional("optoutKeywords", Keywords::parse),
            embedded_link: fields.flag("embeddedLink"),
            embedded_link_sample: fields.optional("embeddedLinkSample", WebAddress::unshortened),
            embedded_phone: fields.flag("embeddedPhone"),
            number_pool: fields.flag("numberPool"),
            age_gated: fields.flag("ageGated"),
            direct_lending: fields.flag("directLending"),
            privacy_policy_link: fields.optional("privacyPolicyLink", WebAddress::parse),
            terms_and_conditions_link: fields.optional("termsAndConditionsLink", WebAddress::parse),
            terms_and_conditions: fields.flag("termsAndConditions"),
            auto_renewal: fields.flag("autoRenewal"),
            usecase: usecase?,
            description: description?,
            message_flow: message_flow?,
            samples: samples?,
        })
    }
}
