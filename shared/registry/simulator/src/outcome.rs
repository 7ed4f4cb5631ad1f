//! The outcome table: what is sent decides how it ends. The table is in the
//! crate's documentation; this is all the code there is to it.

use crate::fields::{Fields, digits, text};

/// How a POST is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AtPost {
    /// In the ordinary way.
    Accept,
    /// 422, pointing at the field.
    Invalid,
    /// 400: somebody else has it.
    Taken,
    /// 500, nothing carried out.
    Broken,
    /// Carried out; the connection is closed without an answer.
    AnswerLost,
    /// Carried out; answered late.
    Slow,
}

/// The four digits that decide, of an EIN that starts with 00. The tax office
/// gives out no such prefix.
pub(crate) fn ein_ending(ein: &str) -> Option<&str> {
    let decides = ein.len() == 9 && ein.starts_with("00");
    decides.then(|| ein.get(5..)).flatten()
}

/// The four digits that decide, of a US number with exchange 555.
pub(crate) fn phone_ending(phone: &str) -> Option<&str> {
    let national = phone.strip_prefix("+1")?;
    let decides = national.len() == 10 && national.get(3..6) == Some("555");
    decides.then(|| national.get(6..)).flatten()
}

/// What an EIN's or number's ending means for its POST.
pub(crate) fn at_post(ending: Option<&str>) -> AtPost {
    match ending {
        Some("9422") => AtPost::Invalid,
        Some("9409") => AtPost::Taken,
        Some("9500") => AtPost::Broken,
        Some("9502") => AtPost::AnswerLost,
        Some("9504") => AtPost::Slow,
        _ => AtPost::Accept,
    }
}

/// How a brand's scoring ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BrandEnd {
    /// `OK`, `VERIFIED`.
    Verified,
    /// `OK`, `UNVERIFIED` and feedback of this id.
    Unverified(&'static str),
    /// `REGISTRATION_FAILED`.
    Failed,
    /// It never ends.
    Never,
    /// `OK`, `UNVERIFIED`, until its PIN is handed in.
    AwaitsPin,
    /// `OK` with `UNVERIFIED` and no feedback in the middle, `VERIFIED` at the end.
    VerifiedLate,
}

/// How the scoring of what was sent ends.
pub(crate) fn brand_end(fields: &Fields) -> BrandEnd {
    if text(fields, "entityType") == Some("SOLE_PROPRIETOR") {
        return BrandEnd::AwaitsPin;
    }
    let ein = digits(text(fields, "ein").unwrap_or_default());
    let name_on_file = text(fields, "companyName").is_some_and(|name| name.ends_with(" LLC"));
    match ein_ending(&ein) {
        Some("9001") if !name_on_file => BrandEnd::Unverified("TAX_ID"),
        Some("9002") => BrandEnd::Unverified("STOCK_SYMBOL"),
        Some("9003") => BrandEnd::Unverified("GOVERNMENT_ENTITY"),
        Some("9004") => BrandEnd::Unverified("NONPROFIT"),
        Some("9005") => BrandEnd::Unverified("OTHERS"),
        Some("9006") => BrandEnd::Failed,
        Some("9007") => BrandEnd::Never,
        Some("9008") => BrandEnd::VerifiedLate,
        _ => BrandEnd::Verified,
    }
}

/// Whether somebody follows the link of the nth e-mail (from 0) to the public company with
/// this EIN.
pub(crate) fn is_followed(ein: &str, nth: usize) -> bool {
    match ein_ending(ein) {
        Some("9015") => false,
        Some("9016") => nth > 0,
        _ => true,
    }
}

/// How a vetting ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VettingEnd {
    /// With a score.
    Vetted,
    /// Without one.
    Failed,
    /// Never.
    Never,
}

/// How a vetting of the brand with this EIN by this provider ends.
pub(crate) fn vetting_end(ein: &str, provider: &str) -> VettingEnd {
    match ein_ending(ein) {
        Some("9010") => VettingEnd::Failed,
        Some("9011") => VettingEnd::Never,
        _ if provider.starts_with("FAIL") => VettingEnd::Failed,
        _ => VettingEnd::Vetted,
    }
}

/// What the carriers want of a brand before they take its campaigns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Nothing.
    Nothing,
    /// A vetting, whoever made it; one carrier only, or all.
    Vetting { by_all: bool },
    /// A vetting that was imported.
    Import,
    /// They never take them.
    Never,
}

/// What they want of the brand with this EIN for this use case. Which use cases
/// want a vetting is not public.
pub(crate) fn wanted(ein: &str, usecase: &str) -> Wanted {
    match ein_ending(ein) {
        Some("9012") => Wanted::Vetting { by_all: true },
        Some("9013") => Wanted::Vetting { by_all: false },
        Some("9014") => Wanted::Never,
        _ if usecase == "POLITICAL" => Wanted::Import,
        _ => Wanted::Nothing,
    }
}

/// Whether a text message reaches this mobile phone.
pub(crate) fn is_reached(phone: &str) -> bool {
    phone_ending(phone) != Some("9001")
}

/// Marker words of a campaign's texts. An update that removes one, or an appeal
/// whose reason holds none, removes its effect.
const MARKERS: [(&str, CampaignEnd); 7] = [
    ("REJECT-TCR", CampaignEnd::Rejected("TCR_FAILED")),
    ("REJECT-TELNYX", CampaignEnd::Rejected("TELNYX_FAILED")),
    ("REJECT-MNO", CampaignEnd::Rejected("MNO_REJECTED")),
    (
        "REJECT-PROVISIONING",
        CampaignEnd::Rejected("MNO_PROVISIONING_FAILED"),
    ),
    (
        "SUSPEND-LATER",
        CampaignEnd::ProvisionedThen("TCR_SUSPENDED"),
    ),
    ("EXPIRE-LATER", CampaignEnd::ProvisionedThen("TCR_EXPIRED")),
    ("NEVER-REVIEWED", CampaignEnd::Never),
];

const POST_MARKERS: [(&str, AtPost); 4] = [
    ("REFUSE-POST", AtPost::Invalid),
    ("BREAK-POST", AtPost::Broken),
    ("LOSE-ANSWER", AtPost::AnswerLost),
    ("SLOW-POST", AtPost::Slow),
];

/// The texts that are searched for markers.
const TEXTS: [&str; 7] = [
    "description",
    "messageFlow",
    "sample1",
    "sample2",
    "sample3",
    "sample4",
    "sample5",
];

/// How a campaign's review ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CampaignEnd {
    /// `MNO_PROVISIONED`.
    Provisioned,
    /// With this `campaignStatus`.
    Rejected(&'static str),
    /// `MNO_PROVISIONED`, and this after as long again.
    ProvisionedThen(&'static str),
    /// Stays `MNO_PENDING`.
    Never,
}

/// How a campaign's POST is answered, and the field that decided it.
pub(crate) fn campaign_at_post(fields: &Fields) -> (AtPost, &'static str) {
    marked(fields, &POST_MARKERS).unwrap_or((AtPost::Accept, "description"))
}

/// How a campaign's review ends, and the field that decided it.
pub(crate) fn campaign_end(fields: &Fields) -> (CampaignEnd, &'static str) {
    marked(fields, &MARKERS).unwrap_or((CampaignEnd::Provisioned, "description"))
}

/// Whether a text holds any marker of a review's end.
pub(crate) fn holds_marker(text: &str) -> bool {
    MARKERS.iter().any(|(marker, _)| text.contains(marker))
}

fn marked<T: Copy>(fields: &Fields, markers: &[(&str, T)]) -> Option<(T, &'static str)> {
    TEXTS.iter().find_map(|name| {
        let sent = text(fields, name)?;
        let found = markers.iter().find(|(marker, _)| sent.contains(marker))?;
        Some((found.1, *name))
    })
}

/// How a number's assignment ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberEnd {
    /// `ASSIGNED`.
    Assigned,
    /// `FAILED_ASSIGNMENT`.
    Failed,
    /// Stays `PENDING_ASSIGNMENT`.
    Never,
}

/// How the assignment of this number ends.
pub(crate) fn number_end(phone: &str) -> NumberEnd {
    match phone_ending(phone) {
        Some("9001") => NumberEnd::Failed,
        Some("9007") => NumberEnd::Never,
        _ => NumberEnd::Assigned,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_eins_that_do_not_exist_and_numbers_nobody_has_decide_anything() {
        assert_eq!(ein_ending("001239422"), Some("9422"));
        assert_eq!(ein_ending("121239422"), None);
        assert_eq!(ein_ending("00129422"), None);
        assert_eq!(phone_ending("+12125559422"), Some("9422"));
        assert_eq!(phone_ending("+12125569422"), None);
        assert_eq!(phone_ending("+442125559422"), None);
    }
}
