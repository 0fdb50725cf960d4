"""Asks the cloud whether it would work for us, without creating anything."""

import asyncio

import aiohttp

from bridge.clouds.tencent.client import TencentClient
from bridge.errors import ClockSkew, CloudSessionLost, CloudUnreachable
from bridge.settings import Settings

LIMIT_S = 10.0


async def check_account(settings: Settings, http: aiohttp.ClientSession) -> ClockSkew | None:
    """Return if the cloud accepts the credentials, asking for a session that does not exist.

    What is returned is wrong with this machine's clock, but can be lived with. Raises CredentialsRefused, ClockSkew,
    CloudUnreachable (after 10 s at the latest) or another CloudError. The settings must hold the credentials.
    """
    client = client_of(settings, http)
    try:
        async with asyncio.timeout(LIMIT_S):
            await client.statsession("none")
    except CloudSessionLost:
        pass  # only who may ask learns that it does not exist
    except TimeoutError:
        raise CloudUnreachable("the cloud did not answer in time; check the network and cloud.base_url") from None
    return client.clock_skew


def client_of(settings: Settings, http: aiohttp.ClientSession) -> TencentClient:
    """Return a client for the account; the settings must hold the credentials."""
    cloud = settings.cloud
    assert cloud.appkey is not None
    assert cloud.accesstoken is not None
    return TencentClient(
        base_url=str(cloud.base_url),
        channel_url=cloud.channel_url,
        appkey=cloud.appkey.get_secret_value(),
        accesstoken=cloud.accesstoken.get_secret_value(),
        http=http,
    )
