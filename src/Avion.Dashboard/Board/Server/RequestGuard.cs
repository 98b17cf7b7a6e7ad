using System.Net;
using Microsoft.AspNetCore.Http;

namespace Avion.Dashboard;

/// <summary>Lets only those requests through that the board's own pages make, and sends with each answer what keeps it to itself.</summary>
/// <remarks>
/// A page of another site can send requests to an address of this machine. It is refused by three things: its name in <c>Host</c>, where a
/// foreign name was made to lead here (DNS rebinding); <c>Origin</c>; and <c>Sec-Fetch-Site</c>, which browsers send also where there is no
/// origin, as for pictures.
/// </remarks>
/// <param name="listensBeyondLoopback">Whether other machines were let in.</param>
internal sealed class RequestGuard(bool listensBeyondLoopback)
{
    private const string ContentPolicy = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'";

    /// <summary>Refuses a request or passes it on.</summary>
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        IHeaderDictionary answer = context.Response.Headers;
        answer["Content-Security-Policy"] = ContentPolicy;
        answer["X-Content-Type-Options"] = "nosniff";
        answer["X-Frame-Options"] = "DENY";
        answer["Referrer-Policy"] = "no-referrer";
        answer["Cross-Origin-Resource-Policy"] = "same-origin";
        answer["Cross-Origin-Opener-Policy"] = "same-origin";
        answer.CacheControl = "no-cache";
        string? refusal = Refusal(context.Request);
        return refusal is null ? next(context) : Answer.Problem(context, StatusCodes.Status403Forbidden, refusal);
    }

    private string? Refusal(HttpRequest request)
    {
        if (!IsOwnHost(request.Host.Host))
        {
            return "The board answers to this machine's own names alone.";
        }

        if (request.Headers.Origin is [string origin] && !IsOrigin(origin, request.Host))
        {
            return "The board answers to its own pages alone.";
        }

        // A link on another site may lead here; frames, pictures, scripts and requests from there may not.
        bool isForeign = request.Headers["Sec-Fetch-Site"] is [string site] && site is not "same-origin" and not "none";
        bool isVisit = request.Headers["Sec-Fetch-Mode"] is ["navigate"] && request.Headers["Sec-Fetch-Dest"] is ["document"]
            && HttpMethods.IsGet(request.Method) && request.Path == "/";
        return isForeign && !isVisit ? "The board answers to its own pages alone." : null;
    }

    /// <summary>Names that no foreign name server can give out: localhost and, where other machines were let in, addresses and this
    /// machine's name.</summary>
    private bool IsOwnHost(string host)
    {
        if (host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        return IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address)
            ? IPAddress.IsLoopback(address) || listensBeyondLoopback
            : listensBeyondLoopback && host.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsOrigin(string origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) && uri.Authority.Equals(host.Value, StringComparison.OrdinalIgnoreCase);
}
