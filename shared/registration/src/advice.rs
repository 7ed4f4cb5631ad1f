//! What to do about a registry's reason, in a sentence of ours. The reason itself
//! is kept in the registry's own code and words.

/// What to do about each code that is known.
///
/// Those of brands are the ids of Telnyx's brand feedback, those of campaigns its
/// rejection categories and the statuses that a rejection without a category
/// comes with.
const ADVICE: [(&str, &str); 16] = [
    (
        "TAX_ID",
        "Copy the legal name and the EIN to the letter from the tax office's own letter, and amend.",
    ),
    (
        "STOCK_SYMBOL",
        "Check the ticker symbol and its exchange, or order it as another entity type.",
    ),
    (
        "GOVERNMENT_ENTITY",
        "Check that the entity is a public body under this name and EIN, or order it as another \
         entity type.",
    ),
    (
        "NONPROFIT",
        "Check that the tax office lists this name and EIN as a non-profit, or order it as another \
         entity type.",
    ),
    (
        "OTHERS",
        "Compare every field of the brand with its official documents, and amend what differs.",
    ),
    (
        "BRAND_INCONSISTENCIES",
        "Use one business name in the brand, its web site, the description and every message.",
    ),
    (
        "CALL_TO_ACTION",
        "Say in the message flow where and how people agree, and show what they read when they do.",
    ),
    (
        "CAMPAIGN_DESCRIPTION_OR_ATTRIBUTES",
        "Describe who sends what to whom and why, and check that use case and flags say the same.",
    ),
    (
        "DISALLOWED_CONTENT",
        "Carriers do not take this content: take it out of messages and web site, or do not order.",
    ),
    (
        "MANDATORY_MESSAGE_TERMINOLOGY",
        "Name the business in help, opt-in and opt-out messages, and say there how to get help \
         and how to stop.",
    ),
    (
        "PRIVACY_POLICY",
        "Link a public privacy policy that says that mobile numbers are not shared for marketing.",
    ),
    (
        "SAMPLE_MESSAGE",
        "Write the samples as they will be sent: the business named, a way to stop, as the use \
         case says.",
    ),
    (
        "TERMS_AND_CONDITIONS",
        "Link public terms that name the messages, how often they come, and how to stop them.",
    ),
    (
        "OTHER",
        "Read the registry's words, amend what they name, or ask the registry before you pay again.",
    ),
    (
        "TELNYX_FAILED",
        "Amend what the registry's words name, or appeal by an amendment with `appeal`.",
    ),
    (
        "MNO_REJECTED",
        "A carrier refused it: amend what its words name, or appeal by an amendment with `appeal`.",
    ),
];

/// What to do about the e-mail that a public company confirms its brand by (domain:
/// Authentication+).
pub const CONFIRMATION: &str = "Look for the registry's e-mail, also where spam is kept, and follow \
                                its link within 7 days; or have it sent again. An address that \
                                is not at the domain of the company's web site fails: correct it \
                                (/brand/businessContactEmail).";

/// What to do about a reason with this code; none if the code is not known.
pub fn advice(code: &str) -> Option<&'static str> {
    let known = ADVICE.iter().find(|(known, _)| *known == code);
    known.map(|(_, advice)| *advice)
}

/// Codes by which a registry or a carrier says that it failed itself: the same data
/// again may succeed. Telnyx: the status of a campaign that a carrier could not
/// provision. Twilio: 30790 to 30794, system errors or still processing.
const FAILURES: [&str; 6] = [
    "MNO_PROVISIONING_FAILED",
    "30790",
    "30791",
    "30792",
    "30793",
    "30794",
];

/// Whether a reason with this code says that the registry failed, and not the data.
pub fn is_registrys_failure(code: &str) -> bool {
    FAILURES.contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_code_has_one_short_sentence_and_no_other_has_any() {
        for (index, (code, sentence)) in ADVICE.iter().enumerate() {
            assert_eq!(advice(code), Some(*sentence));
            assert!(sentence.len() <= 120 && sentence.ends_with('.'), "{code}");
            let again = ADVICE
                .iter()
                .skip(index + 1)
                .any(|(other, _)| other == code);
            assert!(!again, "{code} stands there twice");
        }
        assert_eq!(advice("tax_id"), None);
        assert_eq!(advice("TCR_SOMETHING_NEW"), None);
    }

    #[test]
    fn the_registry_failed_by_some_codes_and_not_by_those_about_data() {
        assert!(FAILURES.into_iter().all(is_registrys_failure));
        assert!(!is_registrys_failure("TAX_ID"));
    }
}
