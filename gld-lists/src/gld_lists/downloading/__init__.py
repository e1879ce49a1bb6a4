"""Download the official files of Google Landmarks v2: verified, resumed, unpacked."""
