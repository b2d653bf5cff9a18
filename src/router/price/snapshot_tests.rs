use super::*;

fn file(rows: &str) -> String {
    format!(
        "{{\n\"header\":{{\"source\":\"a file\",\"date\":\"2026-10-21\"}},\n\"sources\":[\"https://vendor.test/prices\"],\n\
         \"models\":{{\"vendor\":[\n{rows}\n]}}}}"
    )
}

fn told(result: Result<Vec<SnapshotRow>, Vec<Problem>>) -> Vec<String> {
    result.unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn a_row_has_facts_prices_and_origin() {
    let text = file(r#"["m-1","chat",128000,4096,"tv",0,"2027-01-31",["2.5 10 1.25","flex>200000 - 5"]]"#);
    let rows = read("prices.json", &text).unwrap();
    let [row] = &rows[..] else { panic!("one row: {rows:?}") };
    assert_eq!((&*row.provider, &*row.model), ("vendor", "m-1"));
    assert_eq!(row.facts.features.iter().collect::<Vec<_>>(), [Feature::FunctionCalling, Feature::Vision]);
    assert_eq!((row.facts.context_tokens, row.facts.max_output_tokens), (Some(128_000), Some(4096)));
    assert_eq!(row.facts.deprecated_at.as_deref(), Some("2027-01-31"));
    assert_eq!((&*row.origin.source, &*row.origin.date), ("https://vendor.test/prices", "2026-10-21"));
    insta::assert_debug_snapshot!(row.stated);
}

#[test]
fn every_broken_row_is_told_with_its_place() {
    let text = file(
        &[
            r#"["a","poem",null,null,"",null,"",[]]"#,
            r#"["b","chat",null,null,"z",null,"",[]]"#,
            r#"["c","chat",null,null,"",7,"",[]]"#,
            r#"["d","chat",null,null,"",null,"",["1 -2"]]"#,
            r#"["e","chat",null,null,"",null,"",["1 2 3 4 5 6 7"]]"#,
            r#"["f","chat",null,null,"",null,"",["slow 1 2"]]"#,
            r#"["g","chat",null,null,"",null,"",["flex>many 1 2"]]"#,
            r#"["h","chat",-1,null,"",null,"",[]]"#,
            r#"["i"]"#,
            r#"["j","chat",null,null,"",null,"",["0.0000000001 1"]]"#,
            r#"["k","chat",null,null,"",null,"",["1000001 1"]]"#,
            r#"["l","chat",null,null,"",null,"",["1 NaN"]]"#,
            r#"["fine","chat",null,null,"",null,"",["1 2"]]"#,
        ]
        .join(",\n"),
    );
    insta::assert_snapshot!(told(read("prices.json", &text)).join("\n"));
}

#[test]
fn what_is_not_of_the_form_is_one_problem_with_its_place() {
    for text in [
        "",
        "[]",
        "{\"header\":1}",
        "{\"models\":{}}",
        "{\"header\":{\"source\":\"a\",\"date\":\"b\"},\n\"sources\":[],\n\"models\":[]}",
    ] {
        let problems = told(read("prices.json", text));
        assert_eq!(problems.len(), 1, "{text}: {problems:?}");
        assert!(problems[0].starts_with("prices.json:"), "{problems:?}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in ".{0,200}", row in r#"\[("[a-z>0-9 .-]{0,20}",|null,|-?[0-9]{1,20},|\[\],){0,9}1\]"#) {
        let _ = read("prices.json", &text);
        let _ = read("prices.json", &file(&row));
    }
}
