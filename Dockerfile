# One image, roles by command: web, edge, worker, dispatcher, migrate. Not yet tried by its authors: tell us.
FROM python:3.11-slim AS build
WORKDIR /source
COPY requirements/ requirements/
RUN python -m venv /opt/relance \
 && /opt/relance/bin/pip install --no-cache-dir --require-hashes -r requirements/main.lock
COPY pyproject.toml README.md LICENSE ./
COPY relance/ relance/
RUN /opt/relance/bin/python -m relance assets \
 && packages=$(/opt/relance/bin/python -c "import sysconfig; print(sysconfig.get_path('purelib'))") \
 && cp -r relance "$packages/" \
 && printf '#!/bin/sh\nexec /opt/relance/bin/python -m relance "$@"\n' > /opt/relance/bin/relance \
 && chmod 755 /opt/relance/bin/relance

FROM python:3.11-slim
RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/relance relance
COPY --from=build /opt/relance /opt/relance
ENV PATH=/opt/relance/bin:$PATH RELANCE_HOME=/var/lib/relance PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER relance
WORKDIR /var/lib/relance
VOLUME /var/lib/relance
EXPOSE 8000 8001
ENTRYPOINT ["relance"]
CMD ["up", "--host", "0.0.0.0"]
