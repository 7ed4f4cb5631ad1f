//! The names of fields: what of an order may be sent, and where a name that the
//! registry uses stands in the order.

use registration::amendment::Amendable;

use crate::Kind;

/// What a brand is created from (Telnyx SDK: brand create parameters).
pub(super) const BRAND_CREATE: [&str; 19] = [
    "entityType",
    "displayName",
    "companyName",
    "firstName",
    "lastName",
    "ein",
    "phone",
    "mobilePhone",
    "street",
    "city",
    "state",
    "postalCode",
    "country",
    "email",
    "stockSymbol",
    "stockExchange",
    "website",
    "vertical",
    "businessContactEmail",
];

/// What a brand is updated with (Telnyx SDK: brand update parameters).
pub(super) const BRAND_UPDATE: [&str; 20] = [
    "entityType",
    "displayName",
    "companyName",
    "firstName",
    "lastName",
    "ein",
    "phone",
    "street",
    "city",
    "state",
    "postalCode",
    "country",
    "email",
    "stockSymbol",
    "stockExchange",
    "website",
    "vertical",
    "businessContactEmail",
    "altBusinessId",
    "altBusinessIdType",
];

/// What a campaign is submitted from, but for its samples (Telnyx SDK: campaign
/// builder submit parameters).
pub(super) const CAMPAIGN_CREATE: [&str; 23] = [
    "usecase",
    "subUsecases",
    "description",
    "messageFlow",
    "helpMessage",
    "helpKeywords",
    "optinMessage",
    "optinKeywords",
    "optoutMessage",
    "optoutKeywords",
    "subscriberHelp",
    "subscriberOptin",
    "subscriberOptout",
    "embeddedLink",
    "embeddedLinkSample",
    "embeddedPhone",
    "numberPool",
    "ageGated",
    "directLending",
    "privacyPolicyLink",
    "termsAndConditionsLink",
    "termsAndConditions",
    "autoRenewal",
];

/// What of a campaign can be changed later, but for its samples (Telnyx SDK:
/// campaign update parameters).
pub(super) const CAMPAIGN_UPDATE: [&str; 3] = ["messageFlow", "helpMessage", "autoRenewal"];

/// The same as the order names them: what an amendment can change.
pub const AMENDABLE: Amendable = Amendable {
    brand: &BRAND_UPDATE,
    campaign: &["messageFlow", "helpMessage", "autoRenewal", "samples"],
};

/// `sample1` to `sample5`.
pub(super) const SAMPLES: [&str; 5] = ["sample1", "sample2", "sample3", "sample4", "sample5"];

/// What a vetting is ordered and imported with (Telnyx SDK: external vetting
/// parameters).
pub(super) const VETTING: [&str; 4] = ["evpId", "vettingClass", "vettingId", "vettingToken"];

/// A field that the registry names, as a JSON pointer into the order where it
/// has a place there, else as the registry names it.
pub(super) fn pointer(kind: Kind, named: &str) -> String {
    let field = named.rsplit('/').next().unwrap_or(named);
    match kind {
        Kind::Brand | Kind::Confirmation if is_brands(field) => format!("/brand/{field}"),
        Kind::Campaign => match SAMPLES.iter().position(|sample| *sample == field) {
            Some(place) => format!("/campaign/samples/{place}"),
            None if CAMPAIGN_CREATE.contains(&field) => format!("/campaign/{field}"),
            None => named.to_owned(),
        },
        Kind::Vetting if VETTING.contains(&field) => format!("/vetting/{field}"),
        Kind::Otp | Kind::Pin if field == "mobilePhone" => format!("/brand/{field}"),
        _ => named.to_owned(),
    }
}

fn is_brands(field: &str) -> bool {
    BRAND_CREATE.contains(&field) || BRAND_UPDATE.contains(&field)
}

/// The fields that a reason is about when it names none but is of a known kind:
/// the feedback on a brand (Telnyx SDK: brand get feedback).
pub(super) fn behind(code: &str) -> &'static [&'static str] {
    match code {
        "TAX_ID" => &["/brand/ein", "/brand/companyName"],
        "STOCK_SYMBOL" => &["/brand/stockSymbol", "/brand/stockExchange"],
        "GOVERNMENT_ENTITY" | "NONPROFIT" => &["/brand/entityType"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_in_the_order_however_the_registry_points_at_it() {
        for named in ["companyName", "/companyName", "/body/companyName"] {
            assert_eq!(pointer(Kind::Brand, named), "/brand/companyName");
        }
        assert_eq!(
            pointer(Kind::Brand, "/altBusinessId"),
            "/brand/altBusinessId"
        );
        assert_eq!(pointer(Kind::Campaign, "/sample1"), "/campaign/samples/0");
        assert_eq!(pointer(Kind::Campaign, "sample5"), "/campaign/samples/4");
        assert_eq!(
            pointer(Kind::Campaign, "/messageFlow"),
            "/campaign/messageFlow"
        );
    }

    #[test]
    fn a_field_that_the_order_does_not_have_keeps_its_name() {
        assert_eq!(pointer(Kind::Brand, "/brandId"), "/brandId");
        assert_eq!(pointer(Kind::Campaign, "sample6"), "sample6");
        assert_eq!(pointer(Kind::Number, "/phoneNumber"), "/phoneNumber");
    }
}
