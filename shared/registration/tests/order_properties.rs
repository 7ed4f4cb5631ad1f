//! What holds for any order, and for any mistake in one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops where it fails"
)]

use proptest::collection::{btree_map, hash_set, vec};
use proptest::prelude::*;
use proptest::sample::select;
use registration::order::{Order, Problems};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const ORDERS: [&str; 4] = [
    include_str!("../../../tests/orders/cedar-street-dental.json"),
    include_str!("../../../tests/orders/harbor-food-bank.json"),
    include_str!("../../../tests/orders/northwind-outfitters.json"),
    include_str!("../../../tests/orders/rosa-garden-design.json"),
];

fn valid_order() -> impl Strategy<Value = Value> {
    select(&ORDERS).prop_map(|text| serde_json::from_str(text).unwrap())
}

/// The pointer of every value of an order that is no object: texts, booleans, and lists as well
/// as their entries.
fn fields(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields_of_it) => {
            for (name, value) in fields_of_it {
                fields(value, &format!("{pointer}/{name}"), found);
            }
        }
        Value::Array(values) => {
            found.push(pointer.to_owned());
            for (index, value) in values.iter().enumerate() {
                fields(value, &format!("{pointer}/{index}"), found);
            }
        }
        _ => found.push(pointer.to_owned()),
    }
}

/// Values that are wrong in every field, whatever its rules.
fn wrong_anywhere() -> impl Strategy<Value = Value> {
    select(vec![
        json!(1.5),
        json!({ "brand": "x", "a/b": null }),
        json!(""),
        json!("x".repeat(5_000)),
    ])
}

/// An order and pointers of `count` of its fields, none within another.
fn order_and_fields(count: usize) -> impl Strategy<Value = (Value, Vec<String>)> {
    valid_order().prop_flat_map(move |order| {
        let mut all = Vec::new();
        fields(&order, "", &mut all);
        let apart = |pointers: &Vec<String>| {
            pointers.iter().all(|one| {
                pointers
                    .iter()
                    .filter(|other| other.starts_with(&format!("{one}/")))
                    .count()
                    == 0
            })
        };
        let chosen = proptest::sample::subsequence(all, count).prop_filter("nested", apart);
        (Just(order), chosen)
    })
}

fn pointers(problems: &Problems) -> BTreeSet<&str> {
    problems
        .iter()
        .map(|problem| problem.pointer.as_str())
        .collect()
}

/// Any JSON, with the names of an order's fields among its names.
fn any_json() -> impl Strategy<Value = Value> {
    let mut names = vec!["brand".to_owned(), "campaign".to_owned()];
    for text in ORDERS {
        let mut all = Vec::new();
        fields(&serde_json::from_str(text).unwrap(), "", &mut all);
        names.extend(
            all.iter()
                .filter_map(|pointer| Some(pointer.rsplit_once('/')?.1.to_owned())),
        );
    }
    let texts = vec![
        "+12065550100",
        "+442079460958",
        "SOLE_PROPRIETOR",
        "MIXED",
        "US",
        "a@b.co",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "\\+[0-9]{0,17}".prop_map(Value::from),
        "(https?://)?[a-z.@:/#?\\[\\]%]{0,20}".prop_map(Value::from),
        select(texts).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        let name = prop_oneof![4 => select(names.clone()), 1 => any::<String>()];
        prop_oneof![
            vec(inner.clone(), 0..8).prop_map(Value::from),
            btree_map(name, inner, 0..8).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn a_broken_field_is_the_only_problem_and_is_named_exactly(
        (mut order, broken) in order_and_fields(1),
        wrong in wrong_anywhere(),
    ) {
        *order.pointer_mut(&broken[0]).unwrap() = wrong;
        let problems = Order::read(&order).unwrap_err();
        prop_assert_eq!(pointers(&problems), BTreeSet::from([broken[0].as_str()]), "{}", problems);
    }

    #[test]
    fn two_broken_fields_are_both_reported_and_nothing_else_is(
        (mut order, broken) in order_and_fields(2),
        first in wrong_anywhere(),
        second in wrong_anywhere(),
    ) {
        *order.pointer_mut(&broken[0]).unwrap() = first;
        *order.pointer_mut(&broken[1]).unwrap() = second;
        let problems = Order::read(&order).unwrap_err();
        prop_assert_eq!(pointers(&problems), broken.iter().map(String::as_str).collect(), "{}", problems);
    }

    #[test]
    fn an_unknown_field_is_reported_wherever_it_is(
        mut order in valid_order(),
        parent in select(vec!["", "/brand", "/campaign"]),
        name in "[a-z]{1,8}_[a-z~/]{0,8}",
    ) {
        order.pointer_mut(parent).unwrap()[&name] = json!("x");
        let problems = Order::read(&order).unwrap_err();
        let [problem] = problems.iter().as_slice() else { panic!("{problems}") };
        prop_assert!(problem.pointer.starts_with(parent));
        prop_assert_eq!(order.pointer(&problem.pointer), Some(&json!("x")), "{}", problem.pointer);
    }

    #[test]
    fn an_accepted_order_reads_back_the_same_from_what_it_is_written_as(
        mut order in valid_order(),
        name in "\\PC{1,200}[a-z]",
        ein in "[0-9]{2}-?[0-9]{7}",
        description in "\\s{0,3}[a-zé😀]{40}[^\\x00]{0,200}\\s{0,3}",
        lines in hash_set(0..10_000u16, 1..60),
    ) {
        let person = order["brand"]["entityType"] == "SOLE_PROPRIETOR";
        order["brand"]["displayName"] = json!(name);
        order["brand"]["ein"] = json!(ein);
        order["campaign"]["description"] = json!(description);
        order["campaign"]["numberPool"] = json!(true);
        let lines = lines.into_iter().take(if person { 1 } else { 60 });
        order["numbers"] = lines.map(|line| json!(format!("+1206555{line:04}"))).collect();

        let read = Order::read(&order).unwrap_or_else(|problems| panic!("{problems}"));
        let written = serde_json::to_value(&read).unwrap();
        prop_assert_eq!(Order::read(&written).unwrap(), read.clone());
        prop_assert_eq!(serde_json::from_value::<Order>(written.clone()).unwrap(), read);
        prop_assert_eq!(&written["brand"]["ein"], &json!(ein.replace('-', "")));
        prop_assert_eq!(&written["numbers"], &order["numbers"]);
    }

    #[test]
    fn no_json_makes_reading_panic(document in any_json()) {
        if let Err(problems) = Order::read(&document) {
            prop_assert!(problems.total() > 0);
            prop_assert!(problems.to_string().contains("problem"));
        }
    }

    #[test]
    fn no_value_in_a_field_makes_reading_panic(
        (mut order, field) in order_and_fields(1),
        value in any_json(),
    ) {
        *order.pointer_mut(&field[0]).unwrap() = value;
        let _ = Order::read(&order);
    }
}
