//! What a rule is, and what it finds.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::look::Look;

/// How sure a rejection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Reviewers refuse this for sure.
    Error,
    /// Reviewers often refuse this.
    Warning,
    /// Know this.
    Note,
}

impl Weight {
    /// Its name, as in the settings and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// What reviewers call the reason of a rejection (Telnyx SDK: the categories of `failureReasons`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Category {
    /// The brand does not fit its papers, or the campaign does not fit the brand.
    BrandInconsistencies,
    /// How people opt in.
    CallToAction,
    /// What the campaign is said to be.
    CampaignDescriptionOrAttributes,
    /// What no carrier takes.
    DisallowedContent,
    /// Words that messages must hold.
    MandatoryMessageTerminology,
    /// The privacy policy.
    PrivacyPolicy,
    /// The sample messages.
    SampleMessage,
    /// The terms and conditions.
    TermsAndConditions,
    /// Anything else.
    Other,
}

impl Category {
    /// Every category.
    pub const ALL: &'static [Self] = &[
        Self::BrandInconsistencies,
        Self::CallToAction,
        Self::CampaignDescriptionOrAttributes,
        Self::DisallowedContent,
        Self::MandatoryMessageTerminology,
        Self::PrivacyPolicy,
        Self::SampleMessage,
        Self::TermsAndConditions,
        Self::Other,
    ];

    /// As the registry spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::BrandInconsistencies => "BRAND_INCONSISTENCIES",
            Self::CallToAction => "CALL_TO_ACTION",
            Self::CampaignDescriptionOrAttributes => "CAMPAIGN_DESCRIPTION_OR_ATTRIBUTES",
            Self::DisallowedContent => "DISALLOWED_CONTENT",
            Self::MandatoryMessageTerminology => "MANDATORY_MESSAGE_TERMINOLOGY",
            Self::PrivacyPolicy => "PRIVACY_POLICY",
            Self::SampleMessage => "SAMPLE_MESSAGE",
            Self::TermsAndConditions => "TERMS_AND_CONDITIONS",
            Self::Other => "OTHER",
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// One thing that reviewers refuse.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Rule {
    /// Its stable name.
    pub id: &'static str,
    /// How sure a rejection is; a single finding may weigh more or less where the sentence says so.
    pub weight: Weight,
    /// The category that a rejection would fall under.
    pub category: Category,
    /// The public review codes that it stands for (Twilio's numbers), none where there is none.
    pub codes: &'static [u16],
    /// What it looks at, as JSON pointers; `*` is any place of a list.
    pub looks_at: &'static [&'static str],
    /// What is wrong and what to do.
    pub message: &'static str,
    /// Which public document says so.
    pub source: &'static str,
    /// A change of the good order (a JSON merge patch) that it finds.
    pub finds: &'static str,
    /// A change of the good order, near to the other, that it leaves alone.
    pub leaves: &'static str,
    #[serde(skip)]
    pub(super) find: fn(&Look<'_>) -> Vec<Place>,
}

/// Where a rule found something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) pointer: String,
    pub(super) characters: Option<Range<usize>>,
    /// Other than the rule's own.
    pub(super) weight: Option<Weight>,
}

impl Place {
    /// A whole value.
    pub(super) fn at(pointer: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            characters: None,
            weight: None,
        }
    }

    pub(super) fn weighing(self, weight: Weight) -> Self {
        Self {
            weight: Some(weight),
            ..self
        }
    }
}

/// One thing that a reviewer would find.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule that found it.
    pub rule: &'static str,
    /// How sure a rejection is.
    pub weight: Weight,
    /// The category that a rejection would fall under.
    pub category: Category,
    /// The public review codes (Twilio's numbers).
    pub codes: &'static [u16],
    /// Where, as a JSON pointer into the order.
    pub pointer: String,
    /// Which characters of that text, where it is not all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub characters: Option<Characters>,
    /// What is wrong and what to do; never repeats the order's texts.
    pub message: &'static str,
    /// Which public document says so.
    pub source: &'static str,
}

/// Characters (Unicode scalar values) of a text: from the first, counted from 0, to the one after
/// the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Characters {
    /// The first.
    pub from: usize,
    /// The one after the last.
    pub to: usize,
}

impl Rule {
    pub(super) fn found(&'static self, place: Place) -> Finding {
        Finding {
            rule: self.id,
            weight: place.weight.unwrap_or(self.weight),
            category: self.category,
            codes: self.codes,
            pointer: place.pointer,
            characters: place.characters.map(|characters| Characters {
                from: characters.start,
                to: characters.end,
            }),
            message: self.message,
            source: self.source,
        }
    }
}

/// What a history keeps of a finding: no text of the order, and no sentence that a later version
/// words otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The rule.
    pub rule: String,
    /// The weight that it had.
    pub weight: Weight,
    /// Where, as a JSON pointer into the order.
    pub pointer: String,
}

impl Told {
    /// The most that one event keeps: a bound of ours.
    pub const MOST: usize = 50;

    /// What is kept of a finding.
    pub fn of(finding: &Finding) -> Self {
        Self {
            rule: finding.rule.to_owned(),
            weight: finding.weight,
            pointer: finding.pointer.clone(),
        }
    }
}
