# A Homebrew formula. For a tap: copy it there as Formula/graphpact.rb, with the version and
# the digests of SHA256SUMS of the release in the place of the words in capitals.
class Graphpact < Formula
  desc "Contract tests and conformance of Microsoft Graph style APIs"
  homepage "HOMEPAGE"
  version "VERSION"
  license "Apache-2.0"

  on_macos do
    on_arm do
      url "RELEASES/v#{version}/graphpact_#{version}_darwin_arm64.tar.gz"
      sha256 "SHA256_DARWIN_ARM64"
    end
    on_intel do
      url "RELEASES/v#{version}/graphpact_#{version}_darwin_amd64.tar.gz"
      sha256 "SHA256_DARWIN_AMD64"
    end
  end
  on_linux do
    on_arm do
      url "RELEASES/v#{version}/graphpact_#{version}_linux_arm64.tar.gz"
      sha256 "SHA256_LINUX_ARM64"
    end
    on_intel do
      url "RELEASES/v#{version}/graphpact_#{version}_linux_amd64.tar.gz"
      sha256 "SHA256_LINUX_AMD64"
    end
  end

  def install
    # The program looks for its helper beside itself, and the helper for its library in
    # ../lib/graphpact: they stay together, and the program is linked.
    libexec.install "bin", "lib"
    bin.install_symlink libexec/"bin/graphpact"
    man1.install Dir["share/man/man1/*.1"]
    bash_completion.install "share/completions/graphpact.bash" => "graphpact"
    zsh_completion.install "share/completions/graphpact.zsh" => "_graphpact"
    fish_completion.install "share/completions/graphpact.fish"
  end

  test do
    assert_match "CONFORMANT", shell_output("#{bin}/graphpact run --out #{testpath}/reports")
  end
end
