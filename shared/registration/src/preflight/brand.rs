//! The brand: what does not fit its papers.

use super::look::{LEGAL_FORMS, Look};
use super::rule::{Category, Place, Rule, Weight};
use super::words::Words;
use super::{ADDRESSES, AUTHENTICATION, BRANDS, PREFIXES, TAX_NUMBERS, address};
use crate::order::{Brand, Email, EntityType, StockExchange};

const CATEGORY: Category = Category::BrandInconsistencies;

/// The legal entity.
pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "ein-prefix-never-issued",
        weight: Weight::Error,
        category: CATEGORY,
        codes: &[],
        looks_at: &["/brand/ein"],
        message: "The IRS has given out no EIN that begins so: copy it from the IRS letter.",
        source: PREFIXES,
        finds: r#"{"brand":{"ein":"07-3092816"}}"#,
        leaves: r#"{"brand":{"ein":"06-3092816"}}"#,
        find: |look| {
            us_ein(look, |ein| {
                NEVER_ISSUED.iter().any(|prefix| ein.starts_with(prefix))
            })
        },
    },
    Rule {
        id: "ein-made-up",
        weight: Weight::Error,
        category: CATEGORY,
        codes: &[],
        looks_at: &["/brand/ein"],
        message: "The EIN counts up, counts down or repeats one digit, as made-up ones do: copy it \
                  from the IRS letter.",
        source: BRANDS,
        finds: r#"{"brand":{"ein":"12-3456789"}}"#,
        leaves: r#"{"brand":{"ein":"12-3456798"}}"#,
        find: |look| us_ein(look, is_made_up),
    },
    Rule {
        id: "tax-id-of-country",
        weight: Weight::Error,
        category: CATEGORY,
        codes: &[],
        looks_at: &["/brand/ein", "/brand/country"],
        message: "The tax number has not the form of that country's: in Canada it is the business \
                  number of nine digits, with or without RC0001 behind it. A warning for other \
                  countries than Canada.",
        source: TAX_NUMBERS,
        finds: r#"{"brand":{"country":"CA","state":"ON","postalCode":"K1A 0B1","ein":"12-34"}}"#,
        leaves: r#"{"brand":{"country":"CA","state":"ON","postalCode":"K1A 0B1","ein":"730928164RC0001"}}"#,
        find: foreign_tax_number,
    },
    Rule {
        id: "address-post-office-box",
        weight: Weight::Warning,
        category: CATEGORY,
        codes: &[],
        looks_at: &["/brand/street"],
        message: "A post office box is doubted: give the street address, as the postal service \
                  writes it, with the suite.",
        source: ADDRESSES,
        finds: r#"{"brand":{"street":"P.O. Box 1402"}}"#,
        leaves: r#"{"brand":{"street":"1402 Box Elder Post Road"}}"#,
        find: |look| {
            let street = look.brand.and_then(|brand| brand.street.as_ref());
            let is_box = street.is_some_and(|street| {
                let words = Words::of(street.as_str());
                words.has(&[
                    "po|pob|pobox box|#",
                    "pobox",
                    "p o box|b",
                    "post office box|drawer",
                    "postal box",
                    "po|p drawer",
                    "mail box|drop #",
                    "pmb #",
                    "gpo|lock box #",
                    "box #",
                    "apartado|casilla postal|#",
                ]) && !words.has(&["# box"])
            });
            is_box
                .then(|| Place::at("/brand/street"))
                .into_iter()
                .collect()
        },
    },
    Rule {
        id: "email-free-mail",
        weight: Weight::Warning,
        category: CATEGORY,
        codes: &[],
        looks_at: &["/brand/email"],
        message: "The contact is at a free mail provider: give an address at the business's own \
                  domain.",
        source: BRANDS,
        finds: r#"{"brand":{"email":"maplerow@gmail.com"}}"#,
        leaves: r#"{"brand":{"email":"gmail.com@maplerowvet.example"}}"#,
        find: |look| {
            let free = look
                .brand
                .is_some_and(|brand| Email::business(brand.email.as_str()).is_err());
            free.then(|| Place::at("/brand/email"))
                .into_iter()
                .collect()
        },
    },
    Rule {
        id: "email-domain-differs",
        weight: Weight::Warning,
        category: CATEGORY,
        codes: &[],
        looks_at: &["/brand/email", "/brand/website"],
        message: "The contact's mail address is at another domain than the web site: give one at \
                  the web site's domain.",
        source: BRANDS,
        finds: r#"{"brand":{"email":"desk@otherpractice.example"}}"#,
        leaves: r#"{"brand":{"email":"desk@mail.maplerowvet.example"}}"#,
        find: |look| {
            let Some(brand) = look.brand else {
                return Vec::new();
            };
            let free = Email::business(brand.email.as_str()).is_err();
            match !free && differs(brand, &brand.email) && !is_social(brand) {
                true => vec![Place::at("/brand/email")],
                false => Vec::new(),
            }
        },
    },
    Rule {
        id: "contact-email-domain-differs",
        weight: Weight::Error,
        category: CATEGORY,
        codes: &[21736, 21740],
        looks_at: &["/brand/businessContactEmail", "/brand/website"],
        message: "The address that must confirm a public company is at another domain than its web \
                  site, and fails by itself: give one at the web site's domain.",
        source: AUTHENTICATION,
        finds: r#"{"brand":{"entityType":"PUBLIC_PROFIT","stockSymbol":"MRV","stockExchange":"NYSE","businessContactEmail":"ir@otherpractice.example"}}"#,
        leaves: r#"{"brand":{"entityType":"PUBLIC_PROFIT","stockSymbol":"MRV","stockExchange":"NYSE","businessContactEmail":"ir@maplerowvet.example"}}"#,
        find: |look| {
            let Some(brand) = look
                .brand
                .filter(|_| look.is_entity(&[EntityType::PUBLIC_PROFIT]))
            else {
                return Vec::new();
            };
            let contact = brand.business_contact_email.as_ref();
            let differs = contact.is_some_and(|contact| differs(brand, contact));
            differs
                .then(|| Place::at("/brand/businessContactEmail"))
                .into_iter()
                .collect()
        },
    },
    Rule {
        id: "public-company-confirms-email",
        weight: Weight::Note,
        category: CATEGORY,
        codes: &[21736, 21737, 21738, 21739, 21741],
        looks_at: &["/brand/entityType", "/brand/businessContactEmail"],
        message: "A public company must confirm an e-mail before it can have a campaign: the \
                  registry mails a link that lives 7 days to this address when the brand is made; \
                  after 30 days the brand must be submitted again. See that somebody reads it.",
        source: AUTHENTICATION,
        finds: r#"{"brand":{"entityType":"PUBLIC_PROFIT","stockSymbol":"MRV","stockExchange":"NYSE","businessContactEmail":"ir@maplerowvet.example"}}"#,
        leaves: r#"{"brand":{"entityType":"PRIVATE_PROFIT"}}"#,
        find: |look| {
            let public = look.is_entity(&[EntityType::PUBLIC_PROFIT]);
            public
                .then(|| Place::at("/brand/businessContactEmail"))
                .into_iter()
                .collect()
        },
    },
    Rule {
        id: "website-missing",
        weight: Weight::Warning,
        category: CATEGORY,
        codes: &[],
        looks_at: &["/brand/website"],
        message: "Without a web site reviewers cannot see what the business is: give one.",
        source: BRANDS,
        finds: r#"{"brand":{"website":null}}"#,
        leaves: r#"{"brand":{"website":"https://www.maplerowvet.example"}}"#,
        find: |look| {
            let missing = look.brand.is_some_and(|brand| brand.website.is_none());
            missing
                .then(|| Place::at("/brand/website"))
                .into_iter()
                .collect()
        },
    },
    Rule {
        id: "website-social-network",
        weight: Weight::Warning,
        category: CATEGORY,
        codes: &[],
        looks_at: &["/brand/website"],
        message: "The web site is a page of a social network or of a directory: give the business's \
                  own.",
        source: BRANDS,
        finds: r#"{"brand":{"website":"https://www.facebook.com/maplerowvet"}}"#,
        leaves: r#"{"brand":{"website":"https://maplerowvet.example/facebook.com"}}"#,
        find: |look| {
            let social = look.brand.is_some_and(is_social);
            social
                .then(|| Place::at("/brand/website"))
                .into_iter()
                .collect()
        },
    },
    Rule {
        id: "legal-name-without-form",
        weight: Weight::Warning,
        category: CATEGORY,
        codes: &[],
        looks_at: &["/brand/companyName", "/brand/entityType"],
        message: "The legal name has no form such as LLC or Inc.: write it to the letter as on the \
                  IRS letter.",
        source: BRANDS,
        finds: r#"{"brand":{"companyName":"Maple Row Veterinary"}}"#,
        leaves: r#"{"brand":{"companyName":"Maple Row Veterinary, L.L.C."}}"#,
        find: |look| {
            let has_form = [EntityType::PUBLIC_PROFIT, "PRIVATE_PROFIT"];
            legal_name(look, |words| {
                look.is_entity(&has_form) && !words.has(LEGAL_FORMS)
            })
        },
    },
    Rule {
        id: "legal-name-with-dba",
        weight: Weight::Error,
        category: CATEGORY,
        codes: &[],
        looks_at: &["/brand/companyName"],
        message: "The legal name holds a trade name: the IRS knows the company without it. Put the \
                  trade name into displayName.",
        source: BRANDS,
        finds: r#"{"brand":{"companyName":"MRV Holdings LLC d/b/a Maple Row Veterinary"}}"#,
        leaves: r#"{"brand":{"companyName":"MRV Holdings LLC"}}"#,
        find: |look| {
            legal_name(look, |words| {
                words.has(&[
                    "dba",
                    "d b a",
                    "doing business as",
                    "trading as",
                    "t a",
                    "aka",
                    "a k a",
                    "also known as",
                    "fka",
                    "f k a",
                    "formerly known as",
                    "formerly",
                    "operating as",
                    "o a",
                ])
            })
        },
    },
    Rule {
        id: "display-name-unlike-legal-name",
        weight: Weight::Note,
        category: CATEGORY,
        codes: &[],
        looks_at: &["/brand/displayName", "/brand/companyName"],
        message: "The two names have no word in common: the web site should show both, or the \
                  reviewer doubts that they are one business.",
        source: BRANDS,
        finds: r#"{"brand":{"companyName":"Fifth Street Holdings LLC"}}"#,
        leaves: r#"{"brand":{"companyName":"Maple Holdings LLC"}}"#,
        find: |look| {
            let display = look
                .brand
                .map(|brand| Words::of(brand.display_name.as_str()));
            let Some(display) = display else {
                return Vec::new();
            };
            let unlike = legal_name(look, |words| {
                let run_together: String = words.iter().collect();
                !words.iter().any(|word| {
                    display.iter().any(|shown| {
                        shown == word || (shown.len() > 3 && run_together.contains(shown))
                    })
                })
            });
            unlike
                .into_iter()
                .map(|_| Place::at("/brand/displayName"))
                .collect()
        },
    },
    Rule {
        id: "stock-symbol-with-exchange",
        weight: Weight::Error,
        category: CATEGORY,
        codes: &[],
        looks_at: &["/brand/stockSymbol"],
        message: "The stock symbol holds its exchange: write the symbol alone, and the exchange in \
                  stockExchange.",
        source: BRANDS,
        finds: r#"{"brand":{"entityType":"PUBLIC_PROFIT","stockSymbol":"NYSE:MRV","stockExchange":"NYSE","businessContactEmail":"ir@maplerowvet.example"}}"#,
        leaves: r#"{"brand":{"entityType":"PUBLIC_PROFIT","stockSymbol":"MRV","stockExchange":"NYSE","businessContactEmail":"ir@maplerowvet.example"}}"#,
        find: |look| {
            let symbol = look.brand.and_then(|brand| brand.stock_symbol.as_ref());
            let holds = symbol.is_some_and(|symbol| {
                let words = Words::of(symbol.as_str());
                let names = StockExchange::ALL.iter().map(|name| name.to_lowercase());
                let exchange = words.len() > 1
                    && names
                        .into_iter()
                        .any(|name| words.iter().any(|word| word == name));
                exchange || symbol.as_str().contains(':')
            });
            holds
                .then(|| Place::at("/brand/stockSymbol"))
                .into_iter()
                .collect()
        },
    },
];

/// Prefixes that the IRS has never given out: those that its list of valid prefixes leaves out.
const NEVER_ISSUED: &[&str] = &[
    "00", "07", "08", "09", "17", "18", "19", "28", "29", "49", "69", "70", "78", "79", "89", "96",
    "97",
];

/// Sites that give a page to anyone. A list of ours.
const SOCIAL: &[&str] = &[
    "facebook.com",
    "fb.com",
    "fb.me",
    "instagram.com",
    "twitter.com",
    "x.com",
    "linkedin.com",
    "tiktok.com",
    "youtube.com",
    "youtu.be",
    "pinterest.com",
    "yelp.com",
    "linktr.ee",
    "nextdoor.com",
    "snapchat.com",
    "threads.net",
    "etsy.com",
    "wa.me",
    "whatsapp.com",
    "t.me",
    "telegram.me",
    "sites.google.com",
    "google.com",
    "goo.gl",
    "g.page",
    "business.site",
    "medium.com",
    "tumblr.com",
    "reddit.com",
    "discord.gg",
    "twitch.tv",
    "beacons.ai",
    "yellowpages.com",
    "bbb.org",
];

fn us_ein(look: &Look<'_>, is_wrong: impl Fn(&str) -> bool) -> Vec<Place> {
    let brand = look.brand.filter(|brand| brand.country.is_us());
    let wrong = brand
        .and_then(|brand| brand.ein.as_ref())
        .is_some_and(|ein| is_wrong(ein.as_str()));
    wrong.then(|| Place::at("/brand/ein")).into_iter().collect()
}

/// Whether the seven digits behind the prefix count up, count down or are all the same; where all
/// nine do, so do these.
fn is_made_up(ein: &str) -> bool {
    let plain = |digits: &[u8]| {
        let step = |by: i16| {
            digits.windows(2).all(|pair| match pair {
                [one, next] => {
                    (i16::from(*next) - i16::from(*one)).rem_euclid(10) == by.rem_euclid(10)
                }
                _ => false,
            })
        };
        step(0) || step(1) || step(-1)
    };
    ein.as_bytes().get(2..).is_some_and(plain)
}

fn foreign_tax_number(look: &Look<'_>) -> Vec<Place> {
    let number = look
        .brand
        .and_then(|brand| Some((brand.country.as_str(), brand.ein.as_ref()?.as_str())));
    let Some((country, number)) = number else {
        return Vec::new();
    };
    let number: String = number
        .chars()
        .filter(|character| character.is_alphanumeric())
        .collect();
    let number = number.to_uppercase();
    let digits = |text: &str, length: &[usize]| {
        length.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let fits = match country {
        "CA" => {
            let (business, program) = match number.find("RC") {
                Some(at) => number.split_at(at),
                None => (number.as_str(), "RC0001"),
            };
            digits(business, &[9])
                && program
                    .strip_prefix("RC")
                    .is_some_and(|rest| digits(rest, &[4]))
        }
        "GB" => {
            let plain = number.strip_prefix("GB").unwrap_or(&number);
            digits(plain, &[8, 9, 10, 12])
                || (number.len() == 8 && digits(number.get(2..).unwrap_or_default(), &[6]))
        }
        "AU" => digits(&number, &[9, 11]),
        "DE" => match number.strip_prefix("DE") {
            Some(rest) => digits(rest, &[9]),
            None => number.starts_with("HR") || digits(&number, &[9, 10, 11, 13]),
        },
        "FR" => {
            let plain = number.strip_prefix("FR").unwrap_or(&number);
            digits(plain, &[9, 14])
                || (plain.len() == 11 && digits(plain.get(2..).unwrap_or_default(), &[9]))
        }
        // Of other countries the documents say nothing; a number has digits everywhere.
        _ => number.len() >= 5 && number.bytes().any(|byte| byte.is_ascii_digit()),
    };
    (country != "US" && !fits)
        .then(|| {
            let place = Place::at("/brand/ein");
            match country {
                "CA" => place,
                _ => place.weighing(Weight::Warning),
            }
        })
        .into_iter()
        .collect()
}

fn differs(brand: &Brand, email: &Email) -> bool {
    let site = brand
        .website
        .as_ref()
        .and_then(|site| address::host(site.as_str()));
    let mail = email.as_str().rsplit('@').next().map(str::to_lowercase);
    match (site, mail) {
        (Some(site), Some(mail)) => !address::same_domain(&site, &mail),
        _ => false,
    }
}

pub(super) fn is_social(brand: &Brand) -> bool {
    let host = brand
        .website
        .as_ref()
        .and_then(|site| address::host(site.as_str()));
    host.is_some_and(|host| {
        SOCIAL
            .iter()
            .any(|social| host == *social || host.ends_with(&format!(".{social}")))
    })
}

fn legal_name(look: &Look<'_>, is_wrong: impl Fn(&Words) -> bool) -> Vec<Place> {
    let name = look.brand.and_then(|brand| brand.company_name.as_ref());
    let wrong = name.is_some_and(|name| is_wrong(&Words::of(name.as_str())));
    wrong
        .then(|| Place::at("/brand/companyName"))
        .into_iter()
        .collect()
}
