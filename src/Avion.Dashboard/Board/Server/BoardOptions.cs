using System.Net;

namespace Avion.Dashboard;

/// <summary>How a board is served.</summary>
public sealed record BoardOptions
{
    /// <summary>The port that is taken where none is asked for, or the next free one of the following nine.</summary>
    public const int UsualPort = 6340;

    /// <summary>Runs, or folders of runs.</summary>
    public required IReadOnlyList<string> Runs { get; init; }

    /// <summary>The address to listen on.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port; 0 for any free one, null for the usual one.</summary>
    public int? Port { get; init; }

    /// <summary>Opens the clips that a run was evaluated on; null where that cannot be done.</summary>
    public IClipGalleryOpener? Galleries { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
