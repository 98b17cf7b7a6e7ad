using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Avion.Dashboard;

/// <summary>Serves the board: a local web page that follows runs. It reads run folders and writes nothing.</summary>
/// <remarks>docs/board.md tells what it shows and whom it answers.</remarks>
public sealed class BoardServer : IAsyncDisposable
{
    private const int PortsTried = 10;
    private const int LargestRequest = 64 << 10;

    private readonly WebApplication _application;
    private readonly BoardRoutes _routes;

    private BoardServer(WebApplication application, BoardRoutes routes, Uri address) =>
        (_application, _routes, Address) = (application, routes, address);

    /// <summary>Where the page is.</summary>
    public Uri Address { get; }

    /// <summary>Begins to serve.</summary>
    /// <exception cref="IOException">The port is taken, or the address is none of this machine's.</exception>
    public static async Task<BoardServer> StartAsync(BoardOptions options, CancellationToken cancellation = default)
    {
        BoardRoutes routes = new(options);
        int last = options.Port is null ? BoardOptions.UsualPort + PortsTried - 1 : options.Port.Value;
        for (int port = options.Port ?? BoardOptions.UsualPort; ; port++)
        {
            try
            {
                return await StartAsync(options.Address, port, routes, cancellation);
            }
            catch (Exception error) when (error is IOException or SocketException && port < last)
            {
                // The next one may be free.
            }
            catch (SocketException error)
            {
                throw new IOException(error.Message, error);
            }
        }
    }

    private static async Task<BoardServer> StartAsync(IPAddress address, int port, BoardRoutes routes, CancellationToken cancellation)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestRequest;
            kestrel.Listen(address, port);
        });
        builder.Services.AddRoutingCore();
        WebApplication application = builder.Build();
        RequestGuard guard = new(!IPAddress.IsLoopback(address));
        application.Use(next => context => guard.InvokeAsync(context, next));
        application.UseRouting();
        routes.Map(application);
        try
        {
            await application.StartAsync(cancellation);
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }

        Uri bound = new(application.Urls.First());
        string host = IPAddress.IsLoopback(address) ? bound.Host : address.Equals(IPAddress.Any) ? Environment.MachineName : bound.Host;
        return new BoardServer(application, routes, new UriBuilder("http", host, bound.Port).Uri);
    }

    /// <summary>Ends serving; requests that are under way are cut off after a second.</summary>
    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(1));
        await _application.StopAsync(patience.Token);
        await _application.DisposeAsync();
        await _routes.DisposeAsync();
    }
}
