import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";

/** A part of the form, with what can be done about the whole of it at the right. */
export function FormSection({
  name,
  actions,
  children,
}: {
  name: string;
  actions?: React.ReactNode;
  children: React.ReactNode;
}) {
  return (
    <Container
      header={
        <Header variant="h2" actions={actions}>
          {name}
        </Header>
      }
    >
      {children}
    </Container>
  );
}
