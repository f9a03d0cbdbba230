import Autosuggest, { type AutosuggestProps } from "@cloudscape-design/components/autosuggest";
import LiveRegion from "@cloudscape-design/components/live-region";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";

import { matching } from "./matches";
import { useFindables } from "./queries";

/** Finds a key, a source, a destination or a guide by any of its words, and goes there. */
export default function FindDialog({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const { all, found, isLoading, error, refetch } = useFindables(text);
  const input = useRef<AutosuggestProps.Ref>(null);
  useEffect(() => {
    // The dialog takes the focus itself when it opens.
    const frame = requestAnimationFrame(() => input.current?.focus());
    return () => cancelAnimationFrame(frame);
  }, []);
  const options = matching(all, text, found).map(({ to, title, about }) => ({
    value: to,
    label: title,
    description: about,
  }));
  return (
    <Modal visible header="Find" closeAriaLabel="Close" onDismiss={onClose}>
      <SpaceBetween size="s">
        <Autosuggest
          ref={input}
          ariaLabel="Find a key, source, destination or guide"
          clearAriaLabel="Clear the search"
          value={text}
          options={options}
          filteringType="manual"
          hideEnteredTextOption
          placeholder="Words of a title, a system, a host, an organization, or an id"
          enteredTextLabel={(value) => value}
          statusType={isLoading ? "loading" : error === null ? "finished" : "error"}
          loadingText="Loading"
          errorText="Not everything could be loaded."
          recoveryText="Try again"
          onLoadItems={refetch}
          empty="Type what you look for."
          onChange={({ detail }) => setText(detail.value)}
          onSelect={({ detail: { value } }) => {
            if (!value.startsWith("/")) return;
            onClose();
            void navigate(value);
          }}
        />
        <LiveRegion>
          {text.trim() !== "" && !isLoading && options.length === 0 && "Nothing has all these words."}
        </LiveRegion>
        <LiveRegion hidden>{options.length > 0 && `${options.length} found`}</LiveRegion>
      </SpaceBetween>
    </Modal>
  );
}
