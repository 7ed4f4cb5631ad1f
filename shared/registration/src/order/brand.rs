//! The brand: the legal entity that texts.

use super::contact::{Ein, Email, PhoneNumber, WebAddress};
use super::place::{Country, PostalCode, State};
use super::problem::Refused;
use super::reader::Reader;
use super::text::{Text, choice};
use serde::{Deserialize, Serialize};

choice! {
    /// The form of business (Telnyx SDK: `EntityType`).
    EntityType:
    "PRIVATE_PROFIT" "PUBLIC_PROFIT" "NON_PROFIT" "GOVERNMENT" "SOLE_PROPRIETOR"
}

impl EntityType {
    /// A company whose stock is traded.
    pub const PUBLIC_PROFIT: &'static str = "PUBLIC_PROFIT";
    /// A person without a company: identified by SMS, one campaign, one number.
    pub const SOLE_PROPRIETOR: &'static str = "SOLE_PROPRIETOR";
}

choice! {
    /// The industry (Telnyx SDK: `Vertical`).
    Vertical:
    "PROFESSIONAL" "REAL_ESTATE" "HEALTHCARE" "HUMAN_RESOURCES" "ENERGY" "ENTERTAINMENT" "RETAIL"
    "TRANSPORTATION" "AGRICULTURE" "INSURANCE" "POSTAL" "EDUCATION" "HOSPITALITY" "FINANCIAL"
    "POLITICAL" "GAMBLING" "LEGAL" "CONSTRUCTION" "NGO" "MANUFACTURING" "GOVERNMENT" "TECHNOLOGY"
    "COMMUNICATION"
}

choice! {
    /// Where a public company's stock is traded (Telnyx SDK: `StockExchange`).
    StockExchange:
    "NONE" "NASDAQ" "NYSE" "AMEX" "AMX" "ASX" "B3" "BME" "BSE" "FRA" "ICEX" "JPX" "JSE" "KRX" "LON"
    "NSE" "OMX" "SEHK" "SSE" "STO" "SWX" "SZSE" "TSX" "TWSE" "VSE"
}

choice! {
    /// How large a customer the brand is to its provider (Telnyx SDK: `brandRelationship`).
    BrandRelationship:
    "BASIC_ACCOUNT" "SMALL_ACCOUNT" "MEDIUM_ACCOUNT" "LARGE_ACCOUNT" "KEY_ACCOUNT"
}

choice! {
    /// Which register the alternate business id comes from (Telnyx SDK: `AltBusinessIDType`).
    AltBusinessIdType: "NONE" "DUNS" "GIIN" "LEI"
}

/// The legal entity, in the fields of the registry (Telnyx SDK: brand create parameters).
///
/// The registry publishes no length for most texts: where a field does not say otherwise, its
/// bound is ours, and generous.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Brand {
    /// The form of business.
    pub entity_type: EntityType,
    /// The name that customers know; up to 255 characters, the registry's bound.
    pub display_name: Text<1, 255>,
    /// The legal name, to the letter as the tax office has it. All but sole proprietors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company_name: Option<Text<1, 255>>,
    /// The tax number. All but sole proprietors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ein: Option<Ein>,
    /// The support contact's phone.
    pub phone: PhoneNumber,
    /// The support contact's mail address.
    pub email: Email,
    /// Street and house number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street: Option<Text<1, 255>>,
    /// City.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<Text<1, 255>>,
    /// State.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<PostalCode>,
    /// Country.
    pub country: Country,
    /// The industry. All but sole proprietors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vertical: Option<Vertical>,
    /// The brand's web site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<WebAddress>,
    /// The ticker symbol. Public companies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock_symbol: Option<Text<1, 20>>,
    /// Where the stock is traded. Public companies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock_exchange: Option<StockExchange>,
    /// An address at the company's own domain, to which the registry sends a question. Public
    /// companies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_contact_email: Option<Email>,
    /// The person's first name. Sole proprietors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<Text<1, 100>>,
    /// The person's last name. Sole proprietors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<Text<1, 100>>,
    /// The mobile phone to which the registry texts a PIN. Sole proprietors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile_phone: Option<PhoneNumber>,
    /// How large a customer the brand is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand_relationship: Option<BrandRelationship>,
    /// Another identifier of the business; goes with its type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alt_business_id: Option<Text<1, 50>>,
    /// Which register that identifier comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alt_business_id_type: Option<AltBusinessIdType>,
}

impl Brand {
    pub(super) fn read(fields: &mut Reader) -> Option<Self> {
        // The forms of a tax number and an address are the country's. If the country itself is
        // broken they cannot be judged, and the loose form avoids inventing a second problem.
        let country = fields.required("country", Country::parse);
        let in_us = country.as_ref().is_some_and(Country::is_us);

        let entity_type = fields.required("entityType", EntityType::parse);
        let display_name = fields.required("displayName", Text::parse);
        let phone = fields.required("phone", PhoneNumber::parse);
        let email = fields.required("email", Email::parse);

        Some(Self {
            // Every field is read before the first `?` may leave.
            company_name: fields.optional("companyName", Text::parse),
            ein: fields.optional("ein", if in_us { Ein::us } else { Ein::foreign }),
            street: fields.optional("street", Text::parse),
            city: fields.optional("city", Text::parse),
            state: fields.optional("state", if in_us { State::us } else { State::foreign }),
            postal_code: fields.optional(
                "postalCode",
                if in_us {
                    PostalCode::us
                } else {
                    PostalCode::foreign
                },
            ),
            vertical: fields.optional("vertical", Vertical::parse),
            website: fields.optional("website", WebAddress::parse),
            stock_symbol: fields.optional("stockSymbol", Text::parse),
            stock_exchange: fields.optional("stockExchange", StockExchange::parse),
            business_contact_email: fields.optional("businessContactEmail", Email::business),
            first_name: fields.optional("firstName", Text::parse),
            last_name: fields.optional("lastName", Text::parse),
            mobile_phone: fields.optional("mobilePhone", PhoneNumber::parse),
            brand_relationship: fields.optional("brandRelationship", BrandRelationship::parse),
            alt_business_id: fields.optional("altBusinessId", Text::parse),
            alt_business_id_type: fields.optional("altBusinessIdType", AltBusinessIdType::parse),
            entity_type: entity_type?,
            display_name: display_name?,
            phone: phone?,
            email: email?,
            country: country?,
        })
    }
}
