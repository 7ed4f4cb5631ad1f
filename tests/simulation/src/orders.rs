//! Orders of every kind, and where each is to end.

use registration::Status;
use serde_json::{Value, json};

/// What an order is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ordered {
    /// All goes well.
    Plain,
    /// All goes well, once the brand's score has come late.
    ScoredLate,
    /// The brand is refused until its name is corrected.
    BrandRefused,
    /// The brand is refused, whatever is corrected.
    BrandFailed,
    /// A public company, whose link is followed.
    Public,
    /// A public company that follows the link of the second e-mail only.
    PublicAgain,
    /// A sole proprietor, who gets a PIN.
    SoleProprietor,
    /// With a vetting.
    Vetted,
    /// Carriers want a vetting, which is not ordered.
    VettingWanted,
    /// The campaign is refused until its text is corrected.
    CampaignRefused,
    /// The campaign is suspended after its approval.
    Suspended,
    /// The campaign expires after its approval.
    Expired,
    /// One number is refused.
    NumberRefused,
    /// The answers to the submissions of brand, campaign and a number get lost.
    AnswersLost,
}

impl Ordered {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Plain,
        Self::ScoredLate,
        Self::BrandRefused,
        Self::BrandFailed,
        Self::Public,
        Self::PublicAgain,
        Self::SoleProprietor,
        Self::Vetted,
        Self::VettingWanted,
        Self::CampaignRefused,
        Self::Suspended,
        Self::Expired,
        Self::NumberRefused,
        Self::AnswersLost,
    ];

    /// Where it ends if nobody cancels it.
    pub fn ends(self) -> Status {
        match self {
            Self::BrandFailed => Status::Rejected,
            Self::Suspended => Status::Suspended,
            Self::Expired => Status::Expired,
            Self::NumberRefused => Status::PartlyRegistered,
            _ => Status::Registered,
        }
    }

    /// Whether it gets there by messages and webhooks alone.
    pub fn needs_no_sweep(self) -> bool {
        matches!(self, Self::Plain | Self::ScoredLate | Self::NumberRefused)
    }

    /// What a person corrects in it once it is refused.
    pub fn correction(self, document: &Value) -> Option<Value> {
        match self {
            Self::BrandRefused => {
                let name = document.pointer("/brand/companyName")?.as_str()?;
                Some(json!({"brand": {"companyName": format!("{name} LLC")}}))
            }
            Self::CampaignRefused => {
                let text = document.pointer("/campaign/messageFlow")?.as_str()?;
                let text = text.replace(REFUSED, "");
                Some(json!({"campaign": {"messageFlow": text}}))
            }
            _ => None,
        }
    }

    /// The order of a business, with so many numbers (1 to 3).
    pub fn document(self, business: usize, numbers: usize) -> Value {
        if self == Self::SoleProprietor {
            return sole_proprietor(business);
        }
        // An order all of whose numbers are refused is itself refused.
        let numbers = numbers.max(1 + usize::from(self == Self::NumberRefused));
        let mut order = end_to_end::orders::document(business, numbers);
        let ending = match self {
            Self::ScoredLate => Some("9008"),
            Self::BrandRefused => Some("9001"),
            Self::BrandFailed => Some("9006"),
            Self::PublicAgain => Some("9016"),
            Self::VettingWanted => Some("9012"),
            Self::AnswersLost => Some("9502"),
            _ => None,
        };
        if let Some(ending) = ending {
            set(
                &mut order,
                "/brand/ein",
                json!(format!("00{:03}{ending}", business % 1_000)),
            );
        }
        let told = |order: &mut Value, word: &str| {
            let text = order
                .pointer("/campaign/messageFlow")
                .and_then(Value::as_str);
            let text = format!("{}{word}", text.unwrap_or_default());
            set(order, "/campaign/messageFlow", json!(text));
        };
        match self {
            Self::BrandRefused => {
                let name = format!("Example Business {business}");
                set(&mut order, "/brand/companyName", json!(name));
            }
            Self::Public | Self::PublicAgain => {
                set(&mut order, "/brand/entityType", json!("PUBLIC_PROFIT"));
                put(&mut order, "/brand", "stockSymbol", json!("EXB"));
                put(&mut order, "/brand", "stockExchange", json!("NASDAQ"));
                let contact = format!("legal{business}@public.example.com");
                put(&mut order, "/brand", "businessContactEmail", json!(contact));
            }
            Self::Vetted => {
                let vetting = json!({"evpId": "AEGIS", "vettingClass": "STANDARD"});
                put(&mut order, "", "vetting", vetting);
            }
            Self::CampaignRefused => told(&mut order, REFUSED),
            Self::Suspended => told(&mut order, " SUSPEND-LATER"),
            Self::Expired => told(&mut order, " EXPIRE-LATER"),
            Self::NumberRefused => {
                let refused = format!("+1{}5559001", area(business));
                set(&mut order, "/numbers/0", json!(refused));
            }
            Self::AnswersLost => told(&mut order, " LOSE-ANSWER"),
            _ => {}
        }
        order
    }
}

/// What makes a campaign's reviewers refuse it.
const REFUSED: &str = " REJECT-MNO";

/// Area codes: numbers that end alike are told apart by them.
const AREAS: [u16; 12] = [206, 212, 213, 214, 215, 216, 305, 312, 404, 415, 503, 617];

fn area(business: usize) -> u16 {
    AREAS.get(business % AREAS.len()).copied().unwrap_or(206)
}

fn sole_proprietor(business: usize) -> Value {
    let text = include_str!("../../orders/rosa-garden-design.json");
    let mut order: Value = serde_json::from_str(text).unwrap_or_default();
    put(
        &mut order,
        "/brand",
        "displayName",
        json!(format!("Garden Design {business}")),
    );
    put(
        &mut order,
        "/brand",
        "lastName",
        json!(format!("Person {business}")),
    );
    let mobile = format!("+15035{business:06}");
    put(&mut order, "/brand", "mobilePhone", json!(mobile));
    let numbers = end_to_end::orders::document(business, 1);
    let number = numbers.get("numbers").cloned();
    put(&mut order, "", "numbers", number.unwrap_or_default());
    order
}

fn set(order: &mut Value, place: &str, value: Value) {
    if let Some(field) = order.pointer_mut(place) {
        *field = value;
    }
}

fn put(order: &mut Value, place: &str, field: &str, value: Value) {
    let fields = order.pointer_mut(place).and_then(Value::as_object_mut);
    if let Some(fields) = fields {
        fields.insert(field.to_owned(), value);
    }
}
