namespace Avion.Compute;

/// <summary>A length cut into as few tiles as a largest one allows, of nearly equal numbers of units: no tile is left with little to do.</summary>
/// <param name="length">What is cut.</param>
/// <param name="unit">Tiles begin at multiples of this.</param>
/// <param name="largest">Largest tile, a multiple of the unit.</param>
internal readonly struct EvenTiles(int length, int unit, int largest)
{
    private readonly int _units = (length + unit - 1) / unit;

    /// <summary>Number of tiles.</summary>
    public int Count => ((_units * unit) + largest - 1) / largest;

    /// <summary>Where a tile begins; for <see cref="Count"/>, where the last one ends.</summary>
    public int First(int tile) => tile == Count ? length : Chunks.Range(tile, Count, _units).First * unit;
}
