import Button from "@cloudscape-design/components/button";
import DatePicker from "@cloudscape-design/components/date-picker";
import FormField from "@cloudscape-design/components/form-field";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TimeInput from "@cloudscape-design/components/time-input";

import { controlId, focusControl } from "../../ui/field-ids";
import { NO_EXPIRY } from "./draft";
import { FieldLabel } from "./field-control";
import type { KeyFormState } from "./use-key-form";

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** When the key stops being usable, if it does: a day, a time, and the way to clear both. */
export function ExpiryField({ form }: { form: KeyFormState }) {
  const { draft, change, errorAt } = form;
  const { expiry } = draft;
  const isSet = expiry.date !== "" || expiry.time !== "";
  const clear = () => {
    change({ ...draft, expiry: NO_EXPIRY }, "expires_at");
    focusControl("expires_at");
  };
  return (
    <FormField
      label={<FieldLabel name="Expires" isOptional />}
      description="The key cannot be used after this time. Leave it empty for a key that does not expire."
      constraintText={`Year/month/day and hours:minutes, in the time of ${ZONE}.`}
      errorText={errorAt("expires_at", "Expiry")}
    >
      <SpaceBetween direction="horizontal" size="xs" alignItems="end">
        <FormField label="Day of expiry" controlId={controlId("expires_at")}>
          <DatePicker
            value={expiry.date}
            placeholder="YYYY/MM/DD"
            openCalendarAriaLabel={(day) => (day === null ? "Choose the day" : `Choose the day, now ${day}`)}
            previousMonthAriaLabel="Previous month"
            nextMonthAriaLabel="Next month"
            todayAriaLabel="Today"
            isDateEnabled={(day) => day.getTime() > Date.now() - DAY_MS}
            onChange={({ detail }) => change({ ...draft, expiry: { ...expiry, date: detail.value } }, "expires_at")}
          />
        </FormField>
        <FormField label="Time of expiry">
          <TimeInput
            format="hh:mm"
            placeholder="hh:mm"
            value={expiry.time}
            onChange={({ detail }) => change({ ...draft, expiry: { ...expiry, time: detail.value } }, "expires_at")}
          />
        </FormField>
        {isSet && (
          <Button ariaLabel="Clear the expiry" onClick={clear}>
            Clear
          </Button>
        )}
      </SpaceBetween>
    </FormField>
  );
}

const DAY_MS = 24 * 60 * 60 * 1000;
