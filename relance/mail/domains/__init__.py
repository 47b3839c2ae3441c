"""What the domains of one's mail publish: who may send (SPF, DKIM, DMARC), and where bounces arrive (ADM-03)."""
