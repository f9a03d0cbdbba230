import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import { useEffect } from "react";
import { useLocation } from "react-router";

import { useSession } from "../session/context";
import { usePage } from "./frame";
import { NoSuchPage } from "./no-such-page";
import { isAskedToSignOut } from "./sign-out";

/** Signs out whoever comes here by the menu. */
export function SignOutPage() {
  const { state } = useLocation();
  return isAskedToSignOut(state) ? <SigningOut /> : <NoSuchPage />;
}

function SigningOut() {
  usePage("Signing out");
  const session = useSession();
  useEffect(() => void session.signOut(), [session]);
  return <ContentLayout header={<Header variant="h1">Signing out</Header>} />;
}
