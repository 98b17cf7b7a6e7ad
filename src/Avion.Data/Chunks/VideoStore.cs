namespace Avion.Data;

/// <summary>Finds videos by the names that annotations give them.</summary>
public abstract class VideoStore
{
    /// <summary>Where the videos lie, for messages.</summary>
    public abstract string Location { get; }

    /// <summary>Finds a video; safe to call from several threads.</summary>
    /// <exception cref="DataException">There is no such video.</exception>
    public abstract StoredVideo Find(string name);
}
