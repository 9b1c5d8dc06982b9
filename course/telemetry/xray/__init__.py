"""The rules of AWS X-Ray: segment documents, traces, filter expressions, graphs and sampling."""
