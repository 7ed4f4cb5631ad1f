//! The order's schema in the document holds what the rules hold.

use std::collections::BTreeSet;

use registration::order::{Brand, Campaign, Limit, Order, Problems, Rule, Vetting};
use serde::de::{Deserialize, Deserializer, Error as _, Visitor, value};
use serde_json::{Value, json};

const CEDAR: &str = crate::service::CEDAR;
const PARTS: [(&str, &str); 3] = [
    ("brand", "OrderBrand"),
    ("campaign", "OrderCampaign"),
    ("vetting", "OrderVetting"),
];

fn schema(name: &str) -> Value {
    let document = serde_json::to_value(api::openapi()).unwrap();
    document["components"]["schemas"][name].clone()
}

fn properties(schema: &Value) -> Vec<(String, Value)> {
    let properties = schema["properties"].as_object().unwrap().clone();
    properties.into_iter().collect()
}

fn problems(part: &str, field: &str, value: Value) -> Problems {
    let mut order: Value = serde_json::from_str(CEDAR).unwrap();
    order[part][field] = value;
    Order::read(&order).err().unwrap_or_default()
}

fn rule(problems: &Problems, pointer: &str) -> Option<(Rule, Option<Limit>)> {
    let problem = problems.iter().find(|problem| problem.pointer == pointer)?;
    Some((problem.rule, problem.limit.clone()))
}

/// Hears which fields a type asks for.
struct Names(&'static [&'static str]);

impl<'de> Deserializer<'de> for &mut Names {
    type Error = value::Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(value::Error::custom("only names"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.0 = fields;
        self.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

fn fields_of<'de, T: Deserialize<'de>>() -> BTreeSet<String> {
    let mut names = Names(&[]);
    assert!(T::deserialize(&mut names).is_err());
    names.0.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn the_schema_has_every_field_of_the_order_and_no_other() {
    for (schema_name, fields) in [
        ("OrderDocument", fields_of::<Order>()),
        ("OrderBrand", fields_of::<Brand>()),
        ("OrderCampaign", fields_of::<Campaign>()),
        ("OrderVetting", fields_of::<Vetting>()),
    ] {
        let schema = schema(schema_name);
        let described: BTreeSet<_> = properties(&schema)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        assert_eq!(described, fields, "{schema_name}");
        assert_eq!(schema["additionalProperties"], false, "{schema_name}");
    }
}

#[test]
fn the_schema_requires_what_is_always_required_and_nothing_else() {
    let empty = json!({ "brand": {}, "campaign": {}, "numbers": null, "vetting": {} });
    let problems = Order::read(&empty).unwrap_err();
    let required: BTreeSet<_> = problems
        .iter()
        .filter(|problem| problem.rule == Rule::Required)
        .map(|problem| problem.pointer.clone())
        .collect();
    let mut described = BTreeSet::from(["/numbers".to_owned()]);
    for (part, name) in PARTS {
        for field in schema(name)["required"].as_array().unwrap() {
            described.insert(format!("/{part}/{}", field.as_str().unwrap()));
        }
    }
    assert_eq!(described, required);
}

#[test]
fn the_types_of_the_schema_are_those_of_the_rules() {
    for (part, name) in PARTS {
        for (field, property) in properties(&schema(name)) {
            let right = match property["type"].as_str() {
                Some("string") => json!("text"),
                Some("boolean") => json!(true),
                Some("array") => json!(["text"]),
                other => panic!("{field}: {other:?}"),
            };
            let pointer = format!("/{part}/{field}");
            let wrong = rule(&problems(part, &field, json!(17)), &pointer);
            assert_eq!(
                wrong.map(|(rule, _)| rule),
                Some(Rule::WrongType),
                "{pointer}"
            );
            let right = rule(&problems(part, &field, right), &pointer);
            assert_ne!(
                right.map(|(rule, _)| rule),
                Some(Rule::WrongType),
                "{pointer}"
            );
        }
    }
}

#[test]
fn the_bounds_of_the_schema_are_those_of_the_rules() {
    let mut bounded = 0;
    for (part, name) in PARTS {
        for (field, property) in properties(&schema(name)) {
            let pointer = format!("/{part}/{field}");
            let bound = |name: &str| Some(usize::try_from(property.get(name)?.as_u64()?).unwrap());
            if let (Some(min), Some(max)) = (bound("minLength"), bound("maxLength")) {
                // The country decides the form of these.
                if !["state", "postalCode", "ein"].contains(&field.as_str()) {
                    let limit = Some(Limit::Between { min, max });
                    let long = problems(part, &field, json!("x".repeat(max + 1)));
                    assert_eq!(
                        rule(&long, &pointer),
                        Some((Rule::TooLong, limit)),
                        "{pointer}"
                    );
                    bounded += 1;
                }
            }
            if let Some(max) = bound("maxItems") {
                let limit = Some(Limit::Between {
                    min: bound("minItems").unwrap_or(0),
                    max,
                });
                let many = problems(part, &field, (0..=max).map(|_| json!("x")).collect());
                assert_eq!(
                    rule(&many, &pointer),
                    Some((Rule::TooMany, limit)),
                    "{pointer}"
                );
                bounded += 1;
            }
            if let Some(values) = property["enum"].as_array() {
                let problems = problems(part, &field, json!("no such value"));
                let Some((Rule::NotOneOf, Some(Limit::OneOf { one_of }))) =
                    rule(&problems, &pointer)
                else {
                    panic!("{pointer}: {problems:?}")
                };
                assert_eq!(
                    values,
                    &one_of.iter().map(|name| json!(name)).collect::<Vec<_>>()
                );
                bounded += 1;
            }
        }
    }
    assert!(bounded > 20, "{bounded}");
    let numbers = schema("OrderDocument")["properties"]["numbers"].clone();
    assert_eq!(
        (&numbers["minItems"], &numbers["maxItems"]),
        (&json!(1), &json!(registration::order::Numbers::MAX))
    );
}

#[test]
fn the_sample_order_fits_the_schemas_bounds() {
    let order: Value = serde_json::from_str(CEDAR).unwrap();
    for (part, name) in PARTS {
        for (field, property) in properties(&schema(name)) {
            let Some(text) = order[part][&field].as_str() else {
                continue;
            };
            let length = text.chars().count();
            let within = |bound: &str, default: u64| property[bound].as_u64().unwrap_or(default);
            assert!(length as u64 >= within("minLength", 0), "{field}");
            assert!(length as u64 <= within("maxLength", u64::MAX), "{field}");
        }
    }
}

#[test]
fn in_the_place_of_a_brand_or_campaign_the_schema_and_the_rules_take_one_of_the_same_three() {
    for (part, name, new) in [
        ("brand", "BrandPart", "OrderBrand"),
        ("campaign", "CampaignPart", "OrderCampaign"),
    ] {
        let property = schema("OrderDocument")["properties"][part].clone();
        assert_eq!(property["$ref"], format!("#/components/schemas/{name}"));
        let choices: Vec<_> = schema(name)["oneOf"]
            .as_array()
            .unwrap()
            .iter()
            .map(|choice| choice["$ref"].as_str().unwrap().to_owned())
            .collect();
        let names = [new, "OursAlready", "RegistrysAlready"];
        assert_eq!(
            choices,
            names.map(|name| format!("#/components/schemas/{name}"))
        );
    }
    let named = [
        ("OursAlready", json!("reg_01h455vb4pex5vsknk084sn02q")),
        ("RegistrysAlready", json!("B1")),
    ];
    for (name, id) in &named {
        let mut order: Value = serde_json::from_str(CEDAR).unwrap();
        let (field, _) = properties(&schema(name)).remove(0);
        // A campaign that is there already has its brand already.
        for part in ["brand", "campaign"] {
            order[part] = json!({ &field: id });
            let read = Order::read(&order);
            assert!(read.is_ok(), "{read:?}");
        }
        assert_eq!(schema(name)["additionalProperties"], false);
    }
}
