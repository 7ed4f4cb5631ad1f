//! What identifies and reaches a business: tax number, phone, mail and web address.

use super::problem::{Refused, Rule};
use super::text::{check_length, hidden_text};
use email_address::{EmailAddress, Options};
use url::Url;

hidden_text! {
    /// The government's tax number of a company: in the US nine digits, the EIN.
    Ein
}

impl Ein {
    /// Takes a US EIN, `12-3456789` or `123456789`, and keeps the nine digits.
    ///
    /// # Errors
    /// Anything else.
    pub fn us(text: &str) -> Result<Self, Refused> {
        let digits = match text.split_once('-') {
            Some((prefix, serial)) if prefix.len() == 2 => format!("{prefix}{serial}"),
            _ => text.to_owned(),
        };
        if digits.len() == 9 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self(digits));
        }
        let message = "A US EIN has nine digits: write it as 12-3456789 or 123456789, exactly as \
                       on the IRS letter.";
        Err(Refused::new(Rule::NotAnEin, message))
    }

    /// Takes the tax number of another country, as it is; up to 50 characters, a bound of ours.
    ///
    /// # Errors
    /// An empty or longer text.
    pub fn foreign(text: &str) -> Result<Self, Refused> {
        check_length(text, 1, 50).map(|()| Self(text.to_owned()))
    }
}

hidden_text! {
    /// A phone number in E.164: `+`, country code, number, without spaces.
    PhoneNumber
}

/// The area codes of toll-free numbers, which register elsewhere and not for 10DLC.
const TOLL_FREE: [&str; 7] = ["800", "833", "844", "855", "866", "877", "888"];

impl PhoneNumber {
    /// Takes any phone number. One of the North American numbering plan (`+1`) must have that
    /// plan's shape; whether it is in service is not asked, so a new area code, or a number kept
    /// for examples, passes. A number of another country must be valid by that country's plan.
    ///
    /// # Errors
    /// A text that is not E.164, or a number that cannot exist.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let digits = text.strip_prefix('+').unwrap_or_default();
        let e164 =
            (1..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        // The tables of other countries take tens of milliseconds to load on first use: a
        // business in the US never pays for them.
        let exists = match digits.strip_prefix('1') {
            Some(national) => has_north_american_shape(national),
            None => e164 && phonenumber::parse(None, text).is_ok_and(|number| number.is_valid()),
        };
        if e164 && exists {
            return Ok(Self(text.to_owned()));
        }
        let message = "This is not a phone number that can exist: write it in E.164, such as \
                       +12065550100, without spaces.";
        Err(Refused::new(Rule::NotE164, message))
    }

    /// Takes a number that can send for a 10DLC campaign: an ordinary ten-digit number of the
    /// North American numbering plan.
    ///
    /// # Errors
    /// What [`PhoneNumber::parse`] refuses, a number of another country, a toll-free number.
    pub fn sender(text: &str) -> Result<Self, Refused> {
        let number = Self::parse(text)?;
        let Some(national) = text.strip_prefix("+1") else {
            let message = "Only ten-digit numbers that start with +1 can be registered: remove \
                           this one.";
            return Err(Refused::new(Rule::NotTenDigits, message));
        };
        if TOLL_FREE.iter().any(|area| national.starts_with(area)) {
            let message = "A toll-free number is not registered for 10DLC: remove it, and have \
                           it verified as toll-free instead.";
            return Err(Refused::new(Rule::TollFree, message));
        }
        Ok(number)
    }
}

/// Area code and exchange of three digits each, neither starting with 0 or 1, and four digits.
fn has_north_american_shape(national: &str) -> bool {
    let starts_well = |at: usize| {
        national
            .as_bytes()
            .get(at)
            .is_some_and(|digit| *digit >= b'2')
    };
    national.len() == 10 && starts_well(0) && starts_well(3)
}

hidden_text! {
    /// A mail address.
    Email
}

/// Providers that give a mail address to anyone; an address there does not show that its owner
/// works for the company. The list is ours: the registry has its own and may refuse more.
const FREE_MAIL: [&str; 20] = [
    "aol.com",
    "fastmail.com",
    "gmail.com",
    "gmx.com",
    "gmx.net",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "mac.com",
    "mail.com",
    "me.com",
    "msn.com",
    "outlook.com",
    "proton.me",
    "protonmail.com",
    "rocketmail.com",
    "yahoo.com",
    "yandex.com",
    "ymail.com",
];

impl Email {
    /// Takes a mail address with a domain that has a dot.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let options = Options::default()
            .with_required_tld()
            .without_display_text()
            .without_domain_literal();
        match EmailAddress::parse_with_options(text, options) {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(_) => {
                let message = "This is not a mail address: write one such as office@example.com.";
                Err(Refused::new(Rule::NotAnEmail, message))
            }
        }
    }

    /// Its domain, which is shown where the address is not.
    pub fn domain(&self) -> &str {
        self.0.rsplit('@').next().unwrap_or_default()
    }

    /// Takes a mail address at a company's own domain.
    ///
    /// # Errors
    /// What [`Email::parse`] refuses, and an address at a free provider.
    pub fn business(text: &str) -> Result<Self, Refused> {
        let email = Self::parse(text)?;
        let domain = text
            .rsplit('@')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        if FREE_MAIL.contains(&domain.as_str()) {
            let message = "This is an address at a free mail provider: give one at the company's \
                           own domain.";
            return Err(Refused::new(Rule::FreeMail, message));
        }
        Ok(email)
    }
}

hidden_text! {
    /// A web address, `https://` or `http://`, kept as it was written.
    WebAddress
}

/// Public link shorteners: carriers block them, as nobody can see where a link leads. The list is
/// ours: the registry has its own and may refuse more.
const LINK_SHORTENERS: [&str; 20] = [
    "adf.ly",
    "bit.do",
    "bit.ly",
    "bl.ink",
    "buff.ly",
    "cutt.ly",
    "goo.gl",
    "is.gd",
    "lnkd.in",
    "ow.ly",
    "rb.gy",
    "rebrand.ly",
    "s.id",
    "shorturl.at",
    "soo.gd",
    "t.co",
    "t.ly",
    "tiny.cc",
    "tinyurl.com",
    "v.gd",
];

impl WebAddress {
    /// Takes the address of a public web page: up to 2,000 characters, a bound of ours.
    ///
    /// # Errors
    /// Anything else, such as an address without `https://` or with a host that has no dot.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        check_length(text, 1, 2_000)?;
        Self::host(text).map(|_| Self(text.to_owned()))
    }

    /// Takes an address that no public link shortener made.
    ///
    /// # Errors
    /// What [`WebAddress::parse`] refuses, and a shortened link.
    pub fn unshortened(text: &str) -> Result<Self, Refused> {
        let address = Self::parse(text)?;
        let host = Self::host(text)?;
        if LINK_SHORTENERS.contains(&host.strip_prefix("www.").unwrap_or(&host)) {
            let message = "Carriers refuse links of public link shorteners: show the full link, \
                           at the business's own domain.";
            return Err(Refused::new(Rule::LinkShortener, message));
        }
        Ok(address)
    }

    /// Whether a word of a text is a link of a public shortener, with or without
    /// its scheme, whatever stands around it.
    pub fn names_a_shortener(word: &str) -> bool {
        let word = word
            .trim_matches(|c: char| !c.is_ascii_alphanumeric())
            .to_ascii_lowercase();
        let word = word
            .split_once("://")
            .map_or(word.as_str(), |(_, rest)| rest);
        let host = word.split(['/', '?', '#']).next().unwrap_or_default();
        LINK_SHORTENERS.contains(&host.strip_prefix("www.").unwrap_or(host))
    }

    /// The host in lower case. A space would be dropped or escaped silently by a URL parser.
    fn host(text: &str) -> Result<String, Refused> {
        let url = Url::parse(text)
            .ok()
            .filter(|_| !text.contains(char::is_whitespace));
        url.filter(|url| matches!(url.scheme(), "https" | "http"))
            .and_then(|url| url.domain().map(str::to_owned))
            .filter(|host| host.trim_end_matches('.').contains('.'))
            .ok_or_else(|| {
                let message = "This is not a web address: write it in full, such as \
                               https://www.example.com/privacy.";
                Refused::new(Rule::NotAUrl, message)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule<T>(read: Result<T, Refused>) -> Option<Rule> {
        read.err().map(|refused| refused.rule)
    }

    #[test]
    fn an_ein_is_kept_as_nine_digits_however_it_was_written() {
        for text in ["12-3456789", "123456789"] {
            assert_eq!(Ein::us(text).unwrap().as_str(), "123456789");
        }
        for text in [
            "",
            "1234567",
            "1234567890",
            "123-456789",
            "12-34-56789",
            "12 3456789",
            "12-345678X",
        ] {
            assert_eq!(rule(Ein::us(text)), Some(Rule::NotAnEin), "{text}");
        }
        assert_eq!(Ein::foreign("12-3456789").unwrap().as_str(), "12-3456789");
        assert_eq!(rule(Ein::foreign(&"1".repeat(51))), Some(Rule::TooLong));
    }

    #[test]
    fn a_phone_number_is_e164_and_can_exist() {
        for text in [
            "+12065550100",
            "+18005550100",
            "+442079460958",
            "+19998887777",
        ] {
            assert_eq!(PhoneNumber::parse(text).unwrap().as_str(), text);
        }
        for text in [
            "",
            "+",
            "+1",
            "2065550100",
            "12065550100",
            "+1 206 555 0100",
            "+1-206-555-0100",
            "+1206555010",
            "+120655501000",
            "+11065550100",
            "+12061550100",
            "+02065550100",
            "+44207946",
            "+99912345678",
            "+1206555010x",
            "+12065550100;ext=3",
            "+1é65550100",
            "+1234567890123456",
        ] {
            assert_eq!(
                rule(PhoneNumber::parse(text)),
                Some(Rule::NotE164),
                "{text}"
            );
        }
    }

    #[test]
    fn only_an_ordinary_ten_digit_number_can_send() {
        assert_eq!(rule(PhoneNumber::sender("+12065550199")), None);
        assert_eq!(
            rule(PhoneNumber::sender("+442079460958")),
            Some(Rule::NotTenDigits)
        );
        assert_eq!(rule(PhoneNumber::sender("2065550199")), Some(Rule::NotE164));
        for area in TOLL_FREE {
            let number = format!("+1{area}5550100");
            assert_eq!(
                rule(PhoneNumber::sender(&number)),
                Some(Rule::TollFree),
                "{area}"
            );
        }
    }

    #[test]
    fn a_mail_address_has_a_name_and_a_full_domain() {
        for text in ["office@example.com", "a.b+c@mail.example.co.uk"] {
            assert_eq!(Email::parse(text).unwrap().as_str(), text);
        }
        for text in [
            "",
            "office",
            "office@",
            "@example.com",
            "office@example",
            "a b@example.com",
            "Office <office@example.com>",
            "a@b@example.com",
            "office@[127.0.0.1]",
        ] {
            assert_eq!(rule(Email::parse(text)), Some(Rule::NotAnEmail), "{text}");
        }
    }

    #[test]
    fn a_business_mail_address_is_at_the_companys_own_domain() {
        assert_eq!(rule(Email::business("ir@example.com")), None);
        assert_eq!(rule(Email::business("ir@Gmail.com")), Some(Rule::FreeMail));
        assert_eq!(rule(Email::business("ir@mail.gmail.com.example.com")), None);
        assert_eq!(rule(Email::business("gmail.com")), Some(Rule::NotAnEmail));
    }

    #[test]
    fn a_web_address_is_a_page_that_anyone_can_open() {
        for text in ["https://example.com", "http://www.example.com/a?b=c#d"] {
            assert_eq!(WebAddress::parse(text).unwrap().as_str(), text);
        }
        for text in [
            "example.com",
            "www.example.com",
            "ftp://example.com",
            "https://",
            "https://localhost/a",
            "https://10.0.0.1/a",
            "https://[::1]/a",
            "javascript:alert(1)",
            "https://exa mple.com",
            "https://example.com/a b",
            "https://com.",
        ] {
            assert_eq!(rule(WebAddress::parse(text)), Some(Rule::NotAUrl), "{text}");
        }
        let long = format!("https://example.com/{}", "a".repeat(2_000));
        assert_eq!(rule(WebAddress::parse(&long)), Some(Rule::TooLong));
    }

    #[test]
    fn a_shortened_link_is_known_whatever_stands_around_it() {
        for word in ["bit.ly/x", "(https://bit.ly/x).", "WWW.BIT.LY"] {
            assert!(WebAddress::names_a_shortener(word), "{word}");
        }
        assert!(!WebAddress::names_a_shortener("https://example.com/bit.ly"));
    }

    #[test]
    fn a_sample_link_is_not_shortened() {
        assert_eq!(
            rule(WebAddress::unshortened("https://example.com/bit.ly")),
            None
        );
        for text in [
            "https://bit.ly/abc",
            "http://BIT.LY/abc",
            "https://www.tinyurl.com/abc",
        ] {
            assert_eq!(
                rule(WebAddress::unshortened(text)),
                Some(Rule::LinkShortener),
                "{text}"
            );
        }
    }

    #[test]
    fn no_debug_output_shows_what_a_person_typed() {
        let shown = format!(
            "{:?} {:?} {:?} {:?}",
            Ein::us("12-3456789").unwrap(),
            PhoneNumber::parse("+12065550100").unwrap(),
            Email::parse("office@example.com").unwrap(),
            WebAddress::parse("https://example.com").unwrap(),
        );
        assert_eq!(
            shown,
            "Ein(***) PhoneNumber(***) Email(***) WebAddress(***)"
        );
    }
}
