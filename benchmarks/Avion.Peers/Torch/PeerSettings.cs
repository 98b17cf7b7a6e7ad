namespace Avion.Peers;

/// <summary>What is done to bring libtorch to its best.</summary>
/// <param name="UsesTcMalloc">Whether tcmalloc replaces the C library's allocator, which gives memory back to the system and takes it
/// again in every step.</param>
/// <param name="OpensFastPath">Whether MKL takes the kernels of the instruction set also on processors of other makers.</param>
/// <param name="UsesFusedAdamW">Whether one kernel updates everything, instead of TorchSharp's loop of operations.</param>
/// <param name="UsesAutocast">Whether bfloat16 comes from libtorch's automatic casts; otherwise activations and the weights of products are
/// bfloat16 throughout.</param>
internal sealed record PeerSettings(bool UsesTcMalloc, bool OpensFastPath, bool UsesFusedAdamW, bool UsesAutocast)
{
    /// <summary>The most that a user can reach.</summary>
    public static PeerSettings Best { get; } = new(true, true, true, UsesAutocast: false);

    /// <summary>The same with automatic casts: which of the two is faster is measured.</summary>
    public static PeerSettings BestWithAutocast { get; } = Best with { UsesAutocast = true };

    /// <summary>As the packages come.</summary>
    public static PeerSettings Default { get; } = new(false, false, false, UsesAutocast: true);
}
