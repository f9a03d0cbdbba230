import Box from "@cloudscape-design/components/box";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import Link from "@cloudscape-design/components/link";

import { usePage } from "./frame";

export function NoSuchPage() {
  usePage("There is no such page");
  return (
    <ContentLayout header={<Header variant="h1">There is no such page</Header>}>
      <Box>
        It may have been moved, or the address was cut short. <Link href="#/">Go to the start</Link>.
      </Box>
    </ContentLayout>
  );
}
