//! Checks of what a body holds. All errors of a body are collected, so that one
//! answer names every wrong field. `null` counts as absent.

use serde_json::{Map, Value};

use crate::refusal::{BAD_REQUEST, Code, INVALID_EMAIL, MISSING, NOT_E164, Refusal, field_error};

/// A JSON object as sent.
pub(crate) type Fields = Map<String, Value>;

/// A text of the body, unless absent or empty.
pub(crate) fn text<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    let text = fields.get(name)?.as_str()?;
    (!text.is_empty()).then_some(text)
}

/// A boolean of the body; absent is false.
pub(crate) fn flag(fields: &Fields, name: &str) -> bool {
    fields.get(name).and_then(Value::as_bool).unwrap_or(false)
}

/// Only the digits.
pub(crate) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// A body under examination.
pub(crate) struct Check<'a> {
    fields: &'a Fields,
    errors: Vec<Value>,
}

impl<'a> Check<'a> {
    /// Begins with no errors.
    pub(crate) fn of(fields: &'a Fields) -> Self {
        Self {
            fields,
            errors: Vec::new(),
        }
    }

    /// Notes an error.
    pub(crate) fn wrong(&mut self, code: Code, name: &str, detail: &str) {
        self.errors.push(field_error(code, name, detail));
    }

    /// The result: fine, or 422 with every error.
    pub(crate) fn done(self) -> Result<(), Refusal> {
        if self.errors.is_empty() {
            Ok(())
        } else {
            Err(Refusal::fields(self.errors))
        }
    }

    /// Texts that must be there.
    pub(crate) fn required(&mut self, names: &[&str]) {
        for name in names {
            let absent = match self.fields.get(*name) {
                None | Some(Value::Null) => true,
                Some(Value::String(text)) => text.is_empty(),
                Some(_) => false,
            };
            if absent {
                self.wrong(MISSING, name, &format!("{name} is required."));
            }
        }
    }

    /// A text, if there, of `min` to `max` characters.
    pub(crate) fn length(&mut self, name: &str, min: usize, max: usize) {
        match self.fields.get(name) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) => {
                let length = text.chars().count();
                if length > max || (length > 0 && length < min) {
                    let detail = format!("{name} must have {min} to {max} characters.");
                    self.wrong(BAD_REQUEST, name, &detail);
                }
            }
            Some(_) => self.wrong(BAD_REQUEST, name, &format!("{name} must be a string.")),
        }
    }

    /// Booleans, if there.
    pub(crate) fn flags(&mut self, names: &[&str]) {
        for name in names {
            if !matches!(
                self.fields.get(*name),
                None | Some(Value::Null | Value::Bool(_))
            ) {
                self.wrong(BAD_REQUEST, name, &format!("{name} must be a boolean."));
            }
        }
    }

    /// One of a list, if there.
    pub(crate) fn one_of(&mut self, name: &str, values: &[&str]) {
        let Some(value) = self.present(name) else {
            return;
        };
        if !values.contains(&value) {
            let detail = format!("{name} must be one of: {}.", values.join(", "));
            self.wrong(BAD_REQUEST, name, &detail);
        }
    }

    /// `+` and 7 to 15 digits, if there.
    pub(crate) fn e164(&mut self, name: &str) {
        let Some(value) = self.present(name) else {
            return;
        };
        if !is_e164(value) {
            self.wrong(NOT_E164, name, &format!("{name} must be in +E.164 format."));
        }
    }

    /// Something@something, if there.
    pub(crate) fn email(&mut self, name: &str) {
        let Some(value) = self.present(name) else {
            return;
        };
        let fine = value
            .split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'));
        if !fine {
            self.wrong(
                INVALID_EMAIL,
                name,
                &format!("{name} is not an email address."),
            );
        }
    }

    /// An http or https URL, if there.
    pub(crate) fn url(&mut self, name: &str) {
        let Some(value) = self.present(name) else {
            return;
        };
        let fine = url::Url::parse(value).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if !fine {
            self.wrong(
                BAD_REQUEST,
                name,
                &format!("{name} must be an http or https URL."),
            );
        }
    }

    /// A non-empty text; anything else that is not absent is an error.
    fn present(&mut self, name: &str) -> Option<&'a str> {
        let fields = self.fields;
        match fields.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => (!text.is_empty()).then_some(text.as_str()),
            Some(_) => {
                self.wrong(BAD_REQUEST, name, &format!("{name} must be a string."));
                None
            }
        }
    }
}

/// `+`, then 7 to 15 digits of which the first is not zero.
pub(crate) fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}
