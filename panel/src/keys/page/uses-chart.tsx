import BarChart from "@cloudscape-design/components/bar-chart";
import Box from "@cloudscape-design/components/box";

import type { TrailEntry } from "./queries";
import { usesPerDay, usesText } from "./uses-per-day";

const DAYS = 14;
const dayOf = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** How often the key was used on each of the last days. */
export function UsesChart({ trail, hasMore }: { trail: readonly TrailEntry[]; hasMore: boolean }) {
  const days = usesPerDay(trail, DAYS, new Date());
  const most = Math.max(1, ...days.map(({ uses }) => uses));
  return (
    <>
      <Box color="text-body-secondary" padding={{ bottom: "s" }}>
        {usesText(days, trail, hasMore)}
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
