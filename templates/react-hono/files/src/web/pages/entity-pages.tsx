import type { ComponentType } from "react";
import type { Row } from "../api/rows";
import { CreatePage } from "./create-page";
import type { EntityDefinition } from "./definition";
import { DetailPage } from "./detail-page";
import { EditPage } from "./edit-page";
import { ListPage } from "./list-page";

/** The four pages of an entity, as the router takes them. */
export interface EntityPages {
  List: ComponentType;
  Detail: ComponentType;
  Create: ComponentType;
  Edit: ComponentType;
}

export function definePages<Item extends Row, Input>(
  definition: EntityDefinition<Item, Input>,
): EntityPages {
  return {
    List: () => <ListPage definition={definition} />,
    Detail: () => <DetailPage definition={definition} />,
    Create: () => <CreatePage definition={definition} />,
    Edit: () => <EditPage definition={definition} />,
  };
}
