//! The small parts, each by itself.

use crate::domain::blueprint::labels::{label_of, label_plural_of, lower_first, value_label_of};
use crate::domain::blueprint::pattern::Pattern;
use crate::domain::blueprint::reserved;
use crate::domain::blueprint::words::Words;

#[test]
fn plurals() {
    for (one, many) in [
        ("Post", "posts"),
        ("Person", "people"),
        ("Child", "children"),
        ("Category", "categories"),
        ("Address", "addresses"),
        ("News", "news"),
        ("Series", "series"),
        ("Equipment", "equipment"),
        ("Settings", "settings"),
        ("Status", "statuses"),
        ("Schema", "schemas"),
        ("Agenda", "agendas"),
        ("Analysis", "analyses"),
        ("BlogPost", "blog_posts"),
        ("Auth2", "auth2s"),
        ("Box", "boxes"),
        ("Knife", "knives"),
        ("Photo", "photos"),
        ("Hero", "heroes"),
        ("Staff", "staff"),
    ] {
        assert_eq!(Words::of(one).plural().snake(), many);
    }
    assert_eq!(Words::of("related").singular().snake(), "related");
    assert_eq!(Words::of("friends").singular().snake(), "friend");
}

#[test]
fn forms() {
    let words = Words::of("ISBNCode");
    assert_eq!((words.pascal(), words.camel()), ("IsbnCode".to_owned(), "isbnCode".to_owned()));
    assert_eq!((words.snake(), words.kebab()), ("isbn_code".to_owned(), "isbn-code".to_owned()));
    assert_eq!(Words::of("OAuth2Token").snake(), "o_auth2_token");
}

#[test]
fn labels() {
    for (name, label) in [
        ("BlogPost", "Blog post"),
        ("ISBNCode", "ISBN code"),
        ("OAuth2Token", "OAuth2 token"),
        ("image_url", "Image URL"),
        ("publishedAt", "Published at"),
        ("FAQ", "FAQ"),
        ("ORDER_LINE", "Order line"),
        ("customerId", "Customer ID"),
        ("address1", "Address1"),
        ("x", "X"),
        ("VIP", "VIP"),
        ("CRM", "CRM"),
    ] {
        assert_eq!(label_of(name), label);
    }
    for (value, label) in [("IN_PROGRESS", "In progress"), ("NEW", "New"), ("USD", "USD"), ("inPrint", "In print")] {
        assert_eq!(value_label_of(value), label);
    }
    for (label, plural) in [
        ("Blog post", "Blog posts"),
        ("FAQ", "FAQs"),
        ("Книга", "Книга"),
        ("ISBN code", "ISBN codes"),
        ("News", "News"),
        ("Person", "People"),
    ] {
        assert_eq!(label_plural_of(label), plural);
    }
    assert_eq!((lower_first("Blog post").as_str(), lower_first("ISBN code").as_str()), ("blog post", "ISBN code"));
}

#[test]
fn patterns_are_written_for_javascript() {
    for (given, written) in [
        ("^[a-z]+$", "[a-z]+"),
        (r"a\-b\@c", "a-b@c"),
        (r"[\w\-.]+", r"[\w\-.]+"),
        ("a]", r"a\]"),
        ("a}", r"a\}"),
        (r"\$", r"\$"),
        (r"a{2,3}", "a{2,3}"),
        (r"\p{L}+", r"\p{L}+"),
        (r"[\]a]", r"[\]a]"),
        (r"\/", r"\/"),
        (r"\u{1F680}", r"\u{1F680}"),
        (r"97[89]\d{10}", r"97[89]\d{10}"),
        ("(?<year>[0-9]{4})", "(?<year>[0-9]{4})"),
        (r"\\$", r"\\"),
        (r"[^\\]", r"[^\\]"),
    ] {
        assert_eq!(Pattern::parse(given).unwrap().text(), written, "{given}");
    }
}

#[test]
fn patterns_get_strings_of_every_possible_length() {
    let pattern = Pattern::parse(r"[A-Z]{2}(-\d{2}){1,4}").unwrap();
    for length in [5, 8, 11, 14] {
        assert_eq!(pattern.generate(length..=length, 1).unwrap().len(), length);
    }
    assert_eq!(pattern.generate(6..=7, 1), None);
    assert_eq!(pattern.generate(15..=90, 1), None);
    let made: std::collections::HashSet<String> = (0..50).filter_map(|seed| pattern.generate(1..=60, seed)).collect();
    assert!(made.len() > 40, "{made:?}");
    for text in
        [r"(a|bc|def)+", r"\p{Lu}\p{L}*", r"[^a-z]{3}", r"(x{1,3}y?){2}", r"\S+@\S+\.\S+", r"[а-яё]{4}", r"[+]7 \d{3}"]
    {
        let pattern = Pattern::parse(text).unwrap();
        let made = pattern.generate(1..=40, 7).unwrap();
        assert!(pattern.matches(&made), "{text}: {made}");
    }
}

#[test]
fn reserved_words_stand_in_their_list_once() {
    for list in [
        reserved::TYPES,
        reserved::VARIABLES,
        reserved::PROPERTIES,
        reserved::COLUMNS,
        reserved::PATH_SEGMENTS,
        reserved::FILE_NAMES,
        reserved::SQL_KEYWORDS,
    ] {
        let distinct: std::collections::BTreeSet<_> = list.iter().collect();
        assert_eq!(distinct.len(), list.len());
    }
}

/// What is said in words may need no rows at all.
#[test]
fn an_app_may_keep_nothing() {
    let (blueprint, problems) =
        crate::domain::blueprint::derive(&super::spec(Vec::new(), Vec::new()), &super::kitchen_sink::pack());
    assert_eq!(problems, []);
    assert!(blueprint.entities.is_empty() && blueprint.has_features, "there is where to begin");
    assert!(!crate::domain::blueprint::architecture_page(&blueprint).is_empty());
}
