# The agent for commands and files: one small static program without a C library, so that a 64-bit
# compiler makes the 32-bit one too, with nothing installed but itself and the kernel's headers.

compile_agent() { # ARCHITECTURE RESULT
  progress initramfs 0.3 "the agent"
  case $1 in i386) bits=32 ;; *) bits=64 ;; esac
  # -no-builtin, -no-tree-loop-distribute-patterns: our memcpy() must not become a call of itself.
  # The multiarch folder is where Debian keeps <asm/>; -m32 alone does not look there.
  cc -m$bits -Os -std=gnu11 -Wall -Wextra -Werror -ffreestanding -fno-builtin -fno-tree-loop-distribute-patterns \
    -fno-strict-aliasing -fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none \
    -idirafter /usr/include/x86_64-linux-gnu -nostdlib -static -no-pie -s \
    -Wl,--build-id=none -Wl,-z,noseparate-code -Wl,-z,norelro -o "$2" "$images"/common/agent/*.c ||
    fail build "the agent did not compile"
}
