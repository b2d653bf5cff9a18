//! Shapes of code that packs write with `fit`, at every length around the limit, against what Biome makes of them.
//!
//! The test here compares with `tests/fixtures/fit/corpus.tsx`, which Biome was seen to leave as it is. Layouts that
//! differ from it are written beside it; `scripts/test-slow corpus` asks the real Biome and takes them over.

use std::path::{Path, PathBuf};

use tera::Context;

use crate::template::engine;

/// Names for a shape's variable: short, on both sides of each length at which the layout changes, and long.
fn layouts(tera: &tera::Tera, shape: &str) -> Vec<String> {
    let render = |length: usize| {
        let mut context = Context::new();
        context.insert("n", &"n".repeat(length));
        tera.render(shape, &context).unwrap()
    };
    let all: Vec<String> = (1..=96).map(render).collect();
    let lines = |index: usize| all.get(index).map(|text| text.lines().count());
    let is_near_change =
        |index: usize| (index.saturating_sub(3)..index + 3).any(|at| at + 1 < all.len() && lines(at) != lines(at + 1));
    let chosen = |index: &usize| *index == 0 || *index == 69 || is_near_change(*index);
    (0..all.len()).filter(chosen).filter_map(|index| all.get(index).cloned()).collect()
}

/// The whole corpus: every layout of every shape, a comment before each shape.
fn corpus() -> String {
    let shapes = include_str!("../../../tests/fixtures/fit/shapes.txt");
    let mut text = String::new();
    for shape in shapes.split("\n=== ").skip(1) {
        let (title, template) = shape.split_once('\n').unwrap();
        let mut tera = engine::new();
        tera.add_raw_template(title, template.trim_end()).unwrap();
        let layouts = layouts(&tera, title);
        assert!(layouts.len() > 4, "the layout of `{title}` does not depend on the length");
        text.push_str(&format!("// {title}\n"));
        for layout in layouts {
            text.push_str(&layout);
            text.push('\n');
        }
        text.push('\n');
    }
    text.trim_end().to_owned() + "\n"
}

fn confirmed_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fit/corpus.tsx")
}

#[test]
fn layouts_are_those_that_biome_confirmed() {
    let confirmed = std::fs::read_to_string(confirmed_path()).unwrap();
    let corpus = corpus();
    let changed = confirmed_path().with_extension("tsx.new");
    if corpus != confirmed {
        std::fs::write(changed, &corpus).unwrap();
    } else if changed.exists() {
        std::fs::remove_file(changed).unwrap();
    }
    for (number, (ours, biomes)) in corpus.lines().zip(confirmed.lines()).enumerate() {
        assert_eq!(ours, biomes, "line {}", number + 1);
    }
    assert_eq!(corpus.lines().count(), confirmed.lines().count());
}
