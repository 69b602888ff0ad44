/** The operator's page. */
import type { ApiPorts } from '../ports.ts';
import type { Route } from '../route.ts';
import { formatStatus, formatValidators } from '../views/node.ts';
import type { Assets } from '../web/assets.ts';
import { networkPage } from '../web/networkPage.ts';

/** Returns the route of the operator's page. */
export function networkRoutes(ports: ApiPorts, assets: Assets): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/network',
      open: true,
      answer: () => {
        const { validators } = formatValidators(ports.status.validators());
        return networkPage({ status: formatStatus(ports), validators }, assets);
      },
    },
  ];
}
