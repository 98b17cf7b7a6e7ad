namespace Avion.Telemetry;

/// <summary>What bounds the rate of a training.</summary>
public enum Bottleneck
{
    /// <summary>Nothing was measured yet.</summary>
    Unknown,

    /// <summary>What computes the steps: clips are there in time.</summary>
    Device,

    /// <summary>Clips come too late, because making them (decoding, cropping, resizing) takes the processor's time.</summary>
    Decoding,

    /// <summary>Clips come too late, because reading their files takes most of the time that it takes to make them.</summary>
    Disk,

    /// <summary>Clips come too late; whether decoding or the disk holds them up, nobody measured.</summary>
    Data,
}
