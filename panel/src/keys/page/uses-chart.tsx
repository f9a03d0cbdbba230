import BarChart from "@cloudscape-design/components/bar-chart";
import Box from "@cloudscape-design/components/box";

import type { TrailEntry } from "./queries";
import { usesPerDay } from "./uses-per-day";

const DAYS = 14;
const dayOf = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** How often the key was used on each of the last days. */
export function UsesChart({ trail }: { trail: readonly TrailEntry[] }) {
  const days = usesPerDay(trail, DAYS, new Date());
  const most = Math.max(1, ...days.map(({ uses }) => uses));
  const sum = days.reduce((sum, { uses }) => sum + uses, 0);
  return (
    <>
      <Box color="text-body-secondary" padding={{ bottom: "s" }}>
        {sum === 0 ? "No use" : sum === 1 ? "One use" : `${sum} uses`} in the last {DAYS} days
      </Box>
      <BarChart
        height={120}
        hideFilter
        hideLegend
        ariaLabel={`Uses per day of the last ${DAYS} days`}
        xScaleType="categorical"
        xDomain={days.map(({ date }) => dayOf.format(date))}
        yDomain={[0, most]}
        series={[
          { title: "Uses", type: "bar", data: days.map(({ date, uses }) => ({ x: dayOf.format(date), y: uses })) },
        ]}
        i18nStrings={{ xTickFormatter: String, yTickFormatter: (uses) => (Number.isInteger(uses) ? String(uses) : "") }}
      />
    </>
  );
}
