//! Relationships.

use super::{Parsed, Parser, word};
use crate::spec::jdl::syntax::{Cardinality, Relationship, Side};
use crate::spec::jdl::token::TokenKind;

impl<'a> Parser<'a, '_> {
    /// Reads a block, which holds any number of relationships of one kind.
    pub(super) fn relationships(&mut self, relationships: &mut Vec<Relationship<'a>>) -> Parsed<()> {
        let opened = word(self.take());
        let Some(kind) = Cardinality::named(self.peek().text) else {
            return Err(self.expected("jdl_expected_relation_kind"));
        };
        self.take();
        self.mark("{")?;
        while !self.closes_block() {
            if self.block_is_over() {
                return Err(self.not_closed(opened));
            }
            let before = self.next;
            match self.relationship(kind) {
                Ok(relationship) => {
                    relationships.push(relationship);
                    self.take_mark(",");
                }
                Err(problem) => {
                    self.problems.push(*problem);
                    self.skip_to_item(before);
                }
            }
        }
        Ok(())
    }

    fn relationship(&mut self, kind: Cardinality) -> Parsed<Relationship<'a>> {
        let from = self.side()?;
        if !self.take_name("to") {
            return Err(self.expected_mark("to"));
        }
        let to = self.side()?;
        let mut options = Vec::new();
        if self.take_name("with") {
            options.push(self.name("jdl_expected_relation_option")?);
            while self.is_mark(",") && self.goes_on_with_option() {
                self.take();
                options.push(word(self.take()));
            }
        }
        Ok(Relationship { kind, from, to, options })
    }

    /// Whether an option follows the comma, and not the next relationship.
    fn goes_on_with_option(&self) -> bool {
        let (option, after) = (self.peek_at(1), self.peek_at(2));
        let names_entity = (after.kind == TokenKind::Name && after.text == "to")
            || (after.kind == TokenKind::Mark && after.text == "{");
        option.kind == TokenKind::Name && !names_entity
    }

    fn side(&mut self) -> Parsed<Side<'a>> {
        let mut comment = self.comment();
        let annotations = self.annotations()?;
        let nearer = self.comment();
        comment = self.one_comment(comment, nearer);
        let entity = self.name("jdl_expected_relation_entity")?;
        let mut side = Side { entity, name: None, display: None, required: None, comment, annotations };
        if self.take_mark("{") {
            side.name = Some(self.name("jdl_expected_relation_name")?);
            if self.take_mark("(") {
                side.display = Some(self.name("jdl_expected_display_field")?);
                self.mark(")")?;
            }
            if self.is_name("required") {
                side.required = Some(self.take().position);
            }
            if !self.take_mark("}") {
                return Err(Box::new(self.expected("jdl_expected").with("expected", "`required` or `}`")));
            }
        }
        Ok(side)
    }
}
