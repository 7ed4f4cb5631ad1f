//! Reasons as a person works with them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use registration::preflight::Category;
use registration::refusal::{Resubmission, readings};
use registration::{Reason, Step};

fn reason(code: &str, description: &str, fields: &[&str]) -> Reason {
    Reason {
        code: code.to_owned(),
        description: description.to_owned(),
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
    }
}

#[test]
fn a_public_code_says_its_category_and_fields_and_the_registrys_own_are_kept() {
    let read = readings(&[reason("30909", "CTA.", &[])], Step::Campaign);
    assert_eq!(read[0].category, Some(Category::CallToAction));
    assert_eq!(read[0].fields, ["/campaign/messageFlow"]);
    assert!(!read[0].is_our_reading && read[0].advice.is_some());
    assert_eq!(read[0].cents, Some(1_500));
    let named = reason(
        "CALL_TO_ACTION",
        "The opt-in is unclear.",
        &["/campaign/samples/0"],
    );
    let read = readings(&[named], Step::Campaign);
    assert_eq!(
        read[0].fields,
        ["/campaign/samples/0"],
        "the registry's, not ours"
    );
    assert!(!read[0].is_our_reading);
}

#[test]
fn prose_is_read_for_categories_and_fields_and_the_reading_is_said_to_be_ours() {
    for (prose, category, fields) in [
        (
            "The PRIVACY POLICY could not be found on the site.",
            Category::PrivacyPolicy,
            vec!["/campaign/privacyPolicyLink"],
        ),
        (
            "Opt-in: the check box\nis pre-checked.",
            Category::CallToAction,
            vec!["/campaign/messageFlow"],
        ),
        (
            "Sample message does not contain required opt-out language",
            Category::SampleMessage,
            vec!["/campaign/samples", "/campaign/optoutMessage"],
        ),
        (
            "We do not take cannabis.",
            Category::DisallowedContent,
            vec!["/campaign/description", "/campaign/samples"],
        ),
        (
            "Use case is vague.",
            Category::CampaignDescriptionOrAttributes,
            vec!["/campaign/description"],
        ),
    ] {
        let read = readings(&[reason("TELNYX_FAILED", prose, &[])], Step::Campaign);
        assert_eq!(read[0].category, Some(category), "{prose}");
        assert_eq!(read[0].fields, fields, "{prose}");
        assert!(read[0].is_our_reading, "{prose}");
        assert_eq!(read[0].description, prose, "kept as it came");
    }
    let dark = readings(&[reason("MNO_REJECTED", "Declined.", &[])], Step::Campaign);
    assert_eq!((dark[0].category, dark[0].is_our_reading), (None, false));
    assert!(dark[0].fields.is_empty());
}

#[test]
fn what_is_final_comes_first_and_costs_nothing_more() {
    let reasons = [
        reason("SAMPLE_MESSAGE", "Samples.", &[]),
        reason("MNO_PROVISIONING_FAILED", "Try later.", &[]),
        reason("30896", "Opt-in.", &[]),
        reason("30885", "High risk.", &[]),
        reason("30894", "Brand.", &[]),
    ];
    let read = readings(&reasons, Step::Campaign);
    let codes: Vec<&str> = read.iter().map(|reading| reading.code.as_str()).collect();
    assert_eq!(
        codes,
        [
            "30885",
            "30894",
            "30896",
            "SAMPLE_MESSAGE",
            "MNO_PROVISIONING_FAILED"
        ]
    );
    assert_eq!(
        (read[0].resubmission, read[0].cents),
        (Resubmission::Never, None)
    );
    assert_eq!(read[4].resubmission, Resubmission::AsItIs);
}

#[test]
fn what_the_code_says_is_not_read_out_of_the_prose_and_data_is_to_be_corrected() {
    // Code and fields tell all: the prose, which names something else, is not read.
    let told = reason(
        "30909",
        "The privacy policy is missing.",
        &["/campaign/samples/0"],
    );
    let read = readings(&[told], Step::Campaign);
    assert_eq!(read[0].category, Some(Category::CallToAction));
    assert_eq!(read[0].fields, ["/campaign/samples/0"]);
    assert_eq!(read[0].resubmission, Resubmission::Corrected);
    // Fields without a category: that alone is read.
    let fields = reason(
        "X",
        "The privacy policy is missing.",
        &["/campaign/samples/0"],
    );
    let read = readings(&[fields], Step::Campaign);
    assert_eq!(read[0].category, Some(Category::PrivacyPolicy));
    assert_eq!(read[0].fields, ["/campaign/samples/0"]);
    assert!(read[0].is_our_reading);
    // A category without fields: those are read, and the category stays.
    let category = reason(
        Category::Other.name(),
        "The privacy policy is missing.",
        &[],
    );
    let read = readings(&[category], Step::Campaign);
    assert_eq!(read[0].category, Some(Category::Other));
    assert_eq!(read[0].fields, ["/campaign/privacyPolicyLink"]);
    assert!(read[0].is_our_reading);
}

#[test]
fn a_brands_prose_names_fields_of_the_brand_alone() {
    let read = readings(
        &[reason(
            "UNVERIFIED",
            "Legal name and privacy policy do not match.",
            &[],
        )],
        Step::Brand,
    );
    assert_eq!(read[0].fields, ["/brand/companyName", "/brand/website"]);
    assert_eq!(read[0].cents, Some(400));
}
