//! Shapes of code that packs write with `fit`, at every length around the limit, against what Biome makes of them.
//!
//! The fast test compares with `tests/fixtures/fit/corpus.tsx`, which Biome was seen to leave as it is; the slow one
//! downloads that Biome from npm and shows it again: `cargo test --lib fit::corpus -- --ignored`.

use std::path::{Path, PathBuf};

use tera::Context;

use super::super::biome::Biome;
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

/// Titles of shapes that differ, each with the first layout that does.
fn differences(ours: &str, biomes: &str) -> String {
    let blocks = |text: &str| text.split("\n\n").map(str::to_owned).collect::<Vec<_>>();
    let (ours, biomes) = (blocks(ours), blocks(biomes));
    let differing = ours.iter().zip(&biomes).filter(|(ours, biomes)| ours != biomes);
    differing
        .map(|(ours, biomes)| {
            let line = ours.lines().zip(biomes.lines()).position(|(ours, biomes)| ours != biomes).unwrap_or_default();
            let shown = |text: &str| text.lines().skip(line.saturating_sub(3)).take(9).collect::<Vec<_>>().join("\n");
            format!(
                "{}\n-- ours\n{}\n-- Biome\n{}\n",
                ours.lines().next().unwrap_or_default(),
                shown(ours),
                shown(biomes)
            )
        })
        .collect()
}

fn confirmed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fit/corpus.tsx")
}

#[test]
fn layouts_are_those_that_biome_confirmed() {
    let confirmed = std::fs::read_to_string(confirmed()).unwrap();
    let corpus = corpus();
    for (number, (ours, biomes)) in corpus.lines().zip(confirmed.lines()).enumerate() {
        assert_eq!(ours, biomes, "line {}", number + 1);
    }
    assert_eq!(corpus.len(), confirmed.len());
}

#[test]
#[ignore = "downloads Biome from npm"]
fn biome_leaves_the_corpus_as_it_is() {
    let biome = Biome::install();
    let written = corpus();
    let formatted = biome.formatted("corpus.tsx", &written);
    if written != formatted {
        panic!("Biome changed the corpus:\n{}", differences(&written, &formatted));
    }
    std::fs::write(confirmed(), &written).unwrap();
}
