//! The order as a JSON schema, for the OpenAPI document.
//!
//! The rules are in `registration::order`; this only describes them, so these
//! types are never made; serde is here for the names. Tests hold field names, required
//! fields and bounds against the rules themselves.

use registration::order::{
    AltBusinessIdType, BrandRelationship, EntityType, StockExchange, Usecase, Vertical,
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

/// What a product team sends to have one business registered. Field names are
/// those of the registry. Unknown fields are refused; null counts as not given;
/// whitespace around a text is dropped. Lengths are in characters.
#[derive(Deserialize, ToSchema)]
#[schema(title = "Order")]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "a schema")]
pub(crate) struct OrderDocument {
    brand: BrandPart,
    campaign: CampaignPart,
    /// The numbers that will send: ordinary ten-digit numbers in E.164, none
    /// twice, none toll-free. A sole proprietor has one.
    #[schema(min_items = 1, max_items = 5000, example = json!(["+12065550101"]))]
    numbers: Vec<String>,
    #[schema(nullable = false)]
    vetting: Option<OrderVetting>,
    /// Whether numbers that are in other orders of the account are taken off there.
    /// Such a number is silent for 24 hours. false if it is not given.
    #[schema(nullable = false)]
    move_numbers: Option<bool>,
    /// Whether to order what the account has ordered before: the same brand with a
    /// campaign of the same use case and texts. Costs all fees again. false if it is not
    /// given.
    #[schema(nullable = false)]
    again: Option<bool>,
}

/// A brand to register, or one that is registered already.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "a schema")]
enum BrandPart {
    New(Box<OrderBrand>),
    Ours(OursAlready),
    Registrys(RegistrysAlready),
}

/// A campaign to register, or one that is registered already.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "a schema")]
enum CampaignPart {
    New(Box<OrderCampaign>),
    Ours(OursAlready),
    Registrys(RegistrysAlready),
}

/// What an order of the same account has registered already. It is read, and never
/// changed or withdrawn by this order.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "a schema")]
struct OursAlready {
    /// That order's registration; its brand or campaign must be approved.
    #[schema(example = "reg_01h455vb4pex5vsknk084sn02q")]
    registration_id: String,
}

/// What the registry has already, not through us. Only for operators.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "a schema")]
struct RegistrysAlready {
    /// What the registry calls it.
    #[schema(min_length = 1, max_length = 64)]
    registry_id: String,
}

/// The legal entity.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "a schema")]
struct OrderBrand {
    #[schema(schema_with = entity_type)]
    entity_type: (),
    /// The name that customers know.
    #[schema(min_length = 1, max_length = 255)]
    display_name: String,
    /// The legal name, to the letter as the tax office has it. All but sole
    /// proprietors.
    #[schema(nullable = false, min_length = 1, max_length = 255)]
    company_name: Option<String>,
    /// The tax number; in the US the EIN, nine digits. All but sole
    /// proprietors.
    #[schema(nullable = false, max_length = 50, example = "91-4820367")]
    ein: Option<String>,
    /// The support contact's phone, in E.164.
    #[schema(example = "+12065550140")]
    phone: String,
    /// The support contact's mail address.
    email: String,
    #[schema(nullable = false, min_length = 1, max_length = 255)]
    street: Option<String>,
    #[schema(nullable = false, min_length = 1, max_length = 255)]
    city: Option<String>,
    /// In the US the Postal Service's two letters.
    #[schema(nullable = false, min_length = 1, max_length = 100, example = "WA")]
    state: Option<String>,
    /// In the US the ZIP code of five digits.
    #[schema(nullable = false, min_length = 1, max_length = 20, example = "98121")]
    postal_code: Option<String>,
    /// ISO 3166, two capital letters.
    #[schema(example = "US")]
    country: String,
    #[schema(required = false, schema_with = vertical)]
    vertical: (),
    /// The brand's web site.
    #[schema(nullable = false)]
    website: Option<String>,
    /// The ticker symbol. Public companies.
    #[schema(nullable = false, min_length = 1, max_length = 20)]
    stock_symbol: Option<String>,
    #[schema(required = false, schema_with = stock_exchange)]
    stock_exchange: (),
    /// An address at the company's own domain. Public companies.
    #[schema(nullable = false)]
    business_contact_email: Option<String>,
    /// Sole proprietors.
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    first_name: Option<String>,
    /// Sole proprietors.
    #[schema(nullable = false, min_length = 1, max_length = 100)]
    last_name: Option<String>,
    /// The phone to which the registry texts a PIN, in E.164. Sole proprietors.
    #[schema(nullable = false)]
    mobile_phone: Option<String>,
    #[schema(required = false, schema_with = brand_relationship)]
    brand_relationship: (),
    /// Another identifier of the business; goes with its type.
    #[schema(nullable = false, min_length = 1, max_length = 50)]
    alt_business_id: Option<String>,
    #[schema(required = false, schema_with = alt_business_id_type)]
    alt_business_id_type: (),
}

/// What the brand sends, and how people agree to receive it.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "a schema")]
struct OrderCampaign {
    #[schema(schema_with = usecase)]
    usecase: (),
    /// The single use cases it is made of: 2 to 5 for `MIXED`, 1 to 5 for
    /// `LOW_VOLUME`, else none.
    #[schema(nullable = false, max_items = 5)]
    sub_usecases: Option<Vec<String>>,
    /// What is sent, by whom, to whom and why.
    #[schema(min_length = 40, max_length = 4096)]
    description: String,
    /// How people agree to receive it.
    #[schema(min_length = 40, max_length = 4096)]
    message_flow: String,
    /// Messages as they will be sent, 20 to 1024 characters each; at least 2
    /// for `MIXED` and `MARKETING`.
    #[schema(min_items = 1, max_items = 5)]
    samples: Vec<String>,
    /// Whether the help keywords are answered.
    #[schema(nullable = false)]
    subscriber_help: Option<bool>,
    /// Whether people opt in before the first message.
    #[schema(nullable = false)]
    subscriber_optin: Option<bool>,
    /// Whether the opt-out keywords are obeyed.
    #[schema(nullable = false)]
    subscriber_optout: Option<bool>,
    /// Needed when `subscriberHelp` is true.
    #[schema(nullable = false, min_length = 20, max_length = 1024)]
    help_message: Option<String>,
    /// Needed when `subscriberOptin` is true.
    #[schema(nullable = false, min_length = 20, max_length = 1024)]
    optin_message: Option<String>,
    /// Needed when `subscriberOptout` is true.
    #[schema(nullable = false, min_length = 20, max_length = 1024)]
    optout_message: Option<String>,
    /// Keywords separated by commas without spaces.
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 255,
        example = "HELP,INFO"
    )]
    help_keywords: Option<String>,
    /// Keywords separated by commas without spaces.
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 255,
        example = "START,YES"
    )]
    optin_keywords: Option<String>,
    /// Keywords separated by commas without spaces.
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 255,
        example = "STOP,END"
    )]
    optout_keywords: Option<String>,
    /// Whether messages hold a link.
    #[schema(nullable = false)]
    embedded_link: Option<bool>,
    /// Such a link, not shortened by a public shortener.
    #[schema(nullable = false)]
    embedded_link_sample: Option<String>,
    /// Whether messages hold a phone number.
    #[schema(nullable = false)]
    embedded_phone: Option<bool>,
    /// Whether a pool of numbers sends; must be true for 50 numbers or more.
    #[schema(nullable = false)]
    number_pool: Option<bool>,
    /// Whether the content is for adults only.
    #[schema(nullable = false)]
    age_gated: Option<bool>,
    /// Whether the content offers loans.
    #[schema(nullable = false)]
    direct_lending: Option<bool>,
    /// Where the privacy policy is.
    #[schema(nullable = false)]
    privacy_policy_link: Option<String>,
    /// Where the terms and conditions are.
    #[schema(nullable = false)]
    terms_and_conditions_link: Option<String>,
    /// Whether the business accepts the registry's terms and conditions.
    #[schema(nullable = false)]
    terms_and_conditions: Option<bool>,
    /// Whether the campaign renews itself.
    #[schema(nullable = false)]
    auto_renewal: Option<bool>,
}

/// A score of the brand by an independent provider: ordered, for a fee, with
/// `vettingClass`, or imported with `vettingId`. One of the two, not both.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(dead_code, reason = "a schema")]
struct OrderVetting {
    /// Which provider.
    #[schema(min_length = 1, max_length = 50)]
    evp_id: String,
    /// What kind of vetting is ordered.
    #[schema(nullable = false, min_length = 1, max_length = 50)]
    vetting_class: Option<String>,
    /// The provider's id of the vetting to import.
    #[schema(nullable = false, min_length = 1, max_length = 255)]
    vetting_id: Option<String>,
    /// What some providers ask for to confirm a vetting that is imported.
    #[schema(nullable = false, min_length = 1, max_length = 4096)]
    vetting_token: Option<String>,
}

fn entity_type() -> Object {
    choice("The form of business.", EntityType::ALL)
}

fn vertical() -> Object {
    choice("The industry. All but sole proprietors.", Vertical::ALL)
}

fn stock_exchange() -> Object {
    choice(
        "Where the stock is traded. Public companies.",
        StockExchange::ALL,
    )
}

fn brand_relationship() -> Object {
    choice("How large a customer the brand is.", BrandRelationship::ALL)
}

fn alt_business_id_type() -> Object {
    choice(
        "Which register the identifier comes from.",
        AltBusinessIdType::ALL,
    )
}

fn usecase() -> Object {
    choice("What the campaign is for.", Usecase::ALL)
}

fn choice(description: &str, values: &[&'static str]) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .enum_values(Some(values.iter().copied()))
        .build()
}
