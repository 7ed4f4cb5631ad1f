//! The rules between fields: what one field says about another.
//!
//! They look at the document, not at what was read from it: a mistake in one field must not hide
//! what can still be said about the others. A rule is silent where a field it looks at is absent
//! or is none of the values it knows, because that is a problem of its own already.

use super::brand::EntityType;
use super::campaign::{Campaign, Usecase};
use super::problem::{Problems, Refused, Rule};
use super::reader::check_size;
use serde_json::Value;
use std::ops::RangeInclusive;

/// From this many numbers on a campaign must be registered as a pool.
const POOL: usize = 50;

/// Checks every rule between fields.
pub(super) fn check(document: &Value, problems: &mut Problems) {
    let mut rules = Rules { document, problems };
    rules.what_an_entity_needs();
    rules.alternate_id();
    rules.parts_of_the_usecase();
    rules.samples();
    rules.answers();
    rules.sole_proprietor();
    rules.number_pool();
    rules.existing_campaign();
    rules.vetting();
}

struct Rules<'a> {
    document: &'a Value,
    problems: &'a mut Problems,
}

impl<'a> Rules<'a> {
    fn what_an_entity_needs(&mut self) {
        let Some(entity) = self.text("/brand/entityType") else {
            return;
        };
        if !EntityType::ALL.contains(&entity) {
            return;
        }
        let company = ["companyName", "ein", "vertical"];
        let public = ["stockSymbol", "stockExchange", "businessContactEmail"];
        let person = ["firstName", "lastName", "mobilePhone"];
        let needed = match entity {
            EntityType::SOLE_PROPRIETOR => person.to_vec(),
            EntityType::PUBLIC_PROFIT => [company, public].concat(),
            _ => company.to_vec(),
        };
        let reason = format!("A brand of entityType {entity} needs this field: add it.");
        for field in needed {
            self.need("/brand", field, &reason);
        }
        if entity == EntityType::PUBLIC_PROFIT && self.text("/brand/stockExchange") == Some("NONE")
        {
            let message = "The stock of a PUBLIC_PROFIT company is traded: name the exchange, or \
                           correct entityType.";
            self.refuse("/brand/stockExchange", Refused::new(Rule::Needs, message));
        }
    }

    fn alternate_id(&mut self) {
        let has_id = self.value("/brand/altBusinessId").is_some();
        match self.text("/brand/altBusinessIdType") {
            Some("NONE") if has_id => {
                let message = "There is an altBusinessId: name its type, or remove both.";
                self.refuse(
                    "/brand/altBusinessIdType",
                    Refused::new(Rule::Needs, message),
                );
            }
            Some("NONE") => {}
            Some(_) => self.need(
                "/brand",
                "altBusinessId",
                "altBusinessIdType names the type of \
                an identifier: add the identifier, or remove both.",
            ),
            None if has_id => self.need(
                "/brand",
                "altBusinessIdType",
                "There is an \
                altBusinessId: add its type, or remove both.",
            ),
            None => {}
        }
    }

    fn parts_of_the_usecase(&mut self) {
        let pointer = "/campaign/subUsecases";
        let Some(usecase) = self.text("/campaign/usecase") else {
            return;
        };
        let parts = self.entries(pointer);
        match usecase {
            Usecase::MIXED | Usecase::LOW_VOLUME => {
                let min = if usecase == Usecase::MIXED { 2 } else { 1 };
                let reason = format!(
                    "Use case {usecase} needs the single use cases that it is \
                    made of, at least {min}: add them."
                );
                self.need("/campaign", "subUsecases", &reason);
                self.need_entries(pointer, parts, min..=Campaign::MAX_ENTRIES);
            }
            _ if Usecase::ALL.contains(&usecase) && parts.is_some_and(|parts| parts > 0) => {
                let message = "Only MIXED and LOW_VOLUME are made of other use cases: remove \
                               these, or correct usecase.";
                self.refuse(pointer, Refused::new(Rule::NotAllowed, message));
            }
            _ => {}
        }
    }

    /// The registry asks for one or two samples by use case; for the other use cases its public
    /// documents do not say two.
    fn samples(&mut self) {
        if let Some(Usecase::MIXED | Usecase::MARKETING) = self.text("/campaign/usecase") {
            let samples = self.entries("/campaign/samples");
            self.need_entries("/campaign/samples", samples, 2..=Campaign::MAX_ENTRIES);
        }
    }

    fn answers(&mut self) {
        for (flag, message) in [
            ("subscriberHelp", "helpMessage"),
            ("subscriberOptin", "optinMessage"),
            ("subscriberOptout", "optoutMessage"),
        ] {
            if self.value(&format!("/campaign/{flag}")) == Some(&Value::Bool(true)) {
                let reason = format!("{flag} is true, so this message is needed: add it.");
                self.need("/campaign", message, &reason);
            }
        }
    }

    fn sole_proprietor(&mut self) {
        let entity = self
            .text("/brand/entityType")
            .filter(|name| EntityType::ALL.contains(name));
        let usecase = self
            .text("/campaign/usecase")
            .filter(|name| Usecase::ALL.contains(name));
        let is_person = entity == Some(EntityType::SOLE_PROPRIETOR);
        match (entity, usecase) {
            (Some(EntityType::SOLE_PROPRIETOR), Some(usecase))
                if usecase != Usecase::SOLE_PROPRIETOR =>
            {
                let message = "A brand of entityType SOLE_PROPRIETOR has the use case \
                               SOLE_PROPRIETOR: name that one.";
                let refused = Refused::new(Rule::Needs, message);
                self.refuse(
                    "/campaign/usecase",
                    refused.one_of(&[Usecase::SOLE_PROPRIETOR]),
                );
            }
            (Some(_), Some(Usecase::SOLE_PROPRIETOR)) if !is_person => {
                let message = "Only a brand of entityType SOLE_PROPRIETOR has this use case: \
                               name another one.";
                self.refuse("/campaign/usecase", Refused::new(Rule::NotAllowed, message));
            }
            _ => {}
        }
        if is_person && self.entries("/numbers").is_some_and(|numbers| numbers > 1) {
            let message = "A sole proprietor has one number: remove the others.";
            self.refuse(
                "/numbers",
                Refused::new(Rule::TooMany, message).between(1, 1),
            );
        }
    }

    fn number_pool(&mut self) {
        let pooled = self.value("/campaign/numberPool") == Some(&Value::Bool(true));
        let many = self
            .entries("/numbers")
            .is_some_and(|numbers| numbers >= POOL);
        // Without a campaign there is no place to say it.
        let is_new =
            self.value("/campaign").is_some_and(Value::is_object) && !self.exists("campaign");
        if many && !pooled && is_new {
            let message = format!("{POOL} numbers or more are a pool: set this to true.");
            self.refuse("/campaign/numberPool", Refused::new(Rule::Needs, message));
        }
    }

    /// A campaign that is there already belongs to a brand that is.
    fn existing_campaign(&mut self) {
        if self.exists("campaign") && !self.exists("brand") && self.value("/brand").is_some() {
            let message = "The campaign is registered already: name its brand by registrationId \
                           or registryId.";
            self.refuse("/brand", Refused::new(Rule::NotAllowed, message));
        }
    }

    /// Whether a part is named as one that is registered already.
    fn exists(&self, part: &str) -> bool {
        let names = ["registryId", "registrationId"];
        let mut pointers = names.iter().map(|name| format!("/{part}/{name}"));
        pointers.any(|pointer| self.value(&pointer).is_some())
    }

    /// A vetting is ordered or imported (Telnyx SDK: external vetting parameters), not both.
    fn vetting(&mut self) {
        if !self.value("/vetting").is_some_and(Value::is_object) {
            return;
        }
        let is_given = |field: &str| self.value(&format!("/vetting/{field}")).is_some();
        let (class, id, token) = (
            is_given("vettingClass"),
            is_given("vettingId"),
            is_given("vettingToken"),
        );
        if class && id {
            let message = "vettingClass orders a new vetting, vettingId imports one that is made \
                           already: remove one of the two.";
            let refused = Refused::new(Rule::NotAllowed, message);
            self.refuse("/vetting/vettingClass", refused);
        } else if token && !id {
            let reason = "A vettingToken confirms a vetting that is imported: add its vettingId, \
                          or remove the token.";
            self.need("/vetting", "vettingId", reason);
        } else if !class && !id {
            let reason = "A vetting is ordered with its vettingClass, or imported with its \
                          vettingId: add one of the two.";
            self.need("/vetting", "vettingClass", reason);
        }
    }

    /// Refuses an absent `field` of the object at `parent`.
    fn need(&mut self, parent: &str, field: &str, reason: &str) {
        let pointer = format!("{parent}/{field}");
        if self.value(&pointer).is_none() {
            self.refuse(&pointer, Refused::new(Rule::Needs, reason));
        }
    }

    fn need_entries(&mut self, pointer: &str, entries: Option<usize>, size: RangeInclusive<usize>) {
        if let Some(Err(refused)) = entries.map(|entries| check_size(entries, size)) {
            self.refuse(pointer, refused);
        }
    }

    fn refuse(&mut self, pointer: &str, refused: Refused) {
        self.problems.add_between_fields(pointer, refused);
    }

    fn value(&self, pointer: &str) -> Option<&'a Value> {
        self.document
            .pointer(pointer)
            .filter(|value| !value.is_null())
    }

    fn text(&self, pointer: &str) -> Option<&'a str> {
        self.value(pointer)?.as_str().map(str::trim)
    }

    fn entries(&self, pointer: &str) -> Option<usize> {
        self.value(pointer)?.as_array().map(Vec::len)
    }
}
